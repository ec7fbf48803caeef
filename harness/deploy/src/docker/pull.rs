//! Pulls images of the table that the engine lacks.

use std::time::{Duration, Instant};

use futures::StreamExt;
use harness_model::EventKind;
use testcontainers::bollard::Docker;
use testcontainers::bollard::errors::Error;
use testcontainers::bollard::query_parameters::CreateImageOptionsBuilder;
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::docker::engine;
use crate::docker::images::{Images, variable};
use crate::error::DeployError;

/// A pull fails when its registry is silent for this long.
const REGISTRY_SILENCE: Duration = Duration::from_secs(60);

/// An entry of the table, and whether the engine has its image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageStatus {
    pub name: String,
    pub image: String,
    pub present: bool,
}

/// Which images of the table the engine has.
pub async fn image_statuses(images: &Images) -> Result<Vec<ImageStatus>, DeployError> {
    let docker = engine::connect().await?;
    let mut found = Vec::new();
    for (name, image) in images.iter() {
        let present = has(&docker, image).await;
        found.push(ImageStatus {
            name: name.into(),
            image: image.into(),
            present: present.map_err(|error| DeployError::NoEngine(error.to_string()))?,
        });
    }
    Ok(found)
}

/// Pulls the image of an entry unless the engine has it.
pub async fn ensure_present(
    docker: &Docker,
    images: &Images,
    name: &str,
    events: &mpsc::UnboundedSender<EventKind>,
) -> Result<(), DeployError> {
    let image = images.of(name)?;
    let missing = |why: String| DeployError::NoImage {
        image: image.into(),
        why,
        variable: variable(name),
    };
    match has(docker, image).await {
        Ok(true) => return Ok(()),
        Ok(false) => {}
        Err(error) => return Err(missing(error.to_string())),
    }
    let _ = events.send(EventKind::ImagePulling {
        image: image.into(),
    });
    let since = Instant::now();
    pull(docker, image).await.map_err(missing)?;
    let _ = events.send(EventKind::ImagePulled {
        image: image.into(),
        after_ms: u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX),
    });
    Ok(())
}

async fn has(docker: &Docker, image: &str) -> Result<bool, Error> {
    match docker.inspect_image(image).await {
        Ok(_) => Ok(true),
        Err(Error::DockerResponseServerError {
            status_code: 404, ..
        }) => Ok(false),
        Err(error) => Err(error),
    }
}

async fn pull(docker: &Docker, image: &str) -> Result<(), String> {
    let options = CreateImageOptionsBuilder::new().from_image(image).build();
    let mut steps = std::pin::pin!(docker.create_image(Some(options), None, None));
    loop {
        match timeout(REGISTRY_SILENCE, steps.next()).await {
            Ok(Some(Ok(_))) => {}
            Ok(Some(Err(error))) => return Err(message(error)),
            Ok(None) => return Ok(()),
            Err(_) => {
                return Err(format!(
                    "its registry was silent for {} s",
                    REGISTRY_SILENCE.as_secs()
                ));
            }
        }
    }
}

/// The engine's own message, without the client's prefix.
fn message(error: Error) -> String {
    match error {
        Error::DockerResponseServerError { message, .. } => message,
        Error::DockerStreamError { error } => error,
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::docker::images::resolve;
    use testcontainers::bollard::API_DEFAULT_VERSION;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::UnixListener;

    const NONE: &str = "HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\n{}";
    const FOUND: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";

    /// Ensures that an image is present, with an engine that gives these answers, one per
    /// connection; the outcome, the requests and the events.
    async fn ensured(answers: &[&str]) -> (Result<(), DeployError>, Vec<String>, Vec<EventKind>) {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("engine.sock");
        let listener = UnixListener::bind(&socket).unwrap();
        let answers: Vec<String> = answers.iter().map(|one| one.to_string()).collect();
        let engine = tokio::spawn(async move {
            let mut asked = Vec::new();
            for answer in answers {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut request = [0; 4096];
                let read = stream.read(&mut request).await.unwrap();
                let request = String::from_utf8_lossy(&request[..read]).into_owned();
                asked.push(request.lines().next().unwrap().to_owned());
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
            asked
        });
        let docker = Docker::connect_with_unix(socket.to_str().unwrap(), 5, API_DEFAULT_VERSION);
        let (events, mut received) = mpsc::unbounded_channel();
        let images = table();
        let outcome = ensure_present(&docker.unwrap(), &images, "redis", &events).await;
        drop(events);
        let mut happened = Vec::new();
        while let Some(what) = received.recv().await {
            happened.push(what);
        }
        (outcome, engine.await.unwrap(), happened)
    }

    fn table() -> Images {
        resolve(None, std::iter::empty()).unwrap()
    }

    fn pulled(lines: &str) -> String {
        let length = lines.len();
        format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\
             content-length: {length}\r\n\r\n{lines}"
        )
    }

    fn closed(answer: &str) -> String {
        answer.replacen("\r\n", "\r\nconnection: close\r\n", 1)
    }

    #[tokio::test]
    async fn an_image_that_the_engine_has_is_not_pulled() {
        let (outcome, asked, happened) = ensured(&[&closed(FOUND)]).await;
        outcome.unwrap();
        assert_eq!(asked.len(), 1);
        assert!(happened.is_empty());
    }

    #[tokio::test]
    async fn a_missing_image_is_pulled_by_its_tag_and_that_is_reported() {
        let steps = pulled("{\"status\":\"Pulling\"}\n{\"status\":\"Done\"}\n");
        let (outcome, asked, happened) = ensured(&[&closed(NONE), &steps]).await;
        outcome.unwrap();
        let image = table().of("redis").unwrap().to_owned();
        assert!(asked[1].contains("/images/create?"), "{}", asked[1]);
        assert!(
            asked[1].contains(&image.replace(':', "%3A")),
            "{}",
            asked[1]
        );
        assert_eq!(happened.len(), 2);
        assert_eq!(happened[0], EventKind::ImagePulling { image });
    }

    #[tokio::test]
    async fn a_pull_that_fails_says_why_and_what_to_do() {
        let steps = pulled("{\"errorDetail\":{\"message\":\"no route to it\"}}\n");
        let (outcome, _, happened) = ensured(&[&closed(NONE), &steps]).await;
        let message = outcome.unwrap_err().to_string();
        let image = table().of("redis").unwrap().to_owned();
        for part in [
            &image,
            "no route to it",
            "SHAKEDOWN_IMAGE_REDIS",
            "docker pull",
        ] {
            assert!(message.contains(part), "{message}");
        }
        assert_eq!(happened.len(), 1, "nothing was pulled");
    }
}
