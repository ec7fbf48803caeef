//! Our own image: this binary, the shared objects it is linked to and trusted roots, from scratch.
//!
//! Its tag is the hash of its content, so it is built once per binary and then reused. The images
//! of the latest binaries are kept, older ones are removed. It has no shell: the health check of a
//! container runs the binary.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use futures::StreamExt;
use harness_model::EventKind;
use sha2::{Digest, Sha256};
use testcontainers::bollard::query_parameters::{
    BuildImageOptionsBuilder, ListImagesOptionsBuilder, RemoveImageOptions,
};
use testcontainers::bollard::{Docker, body_try_stream};
use tokio::io::{AsyncWriteExt, DuplexStream};
use tokio::sync::mpsc;
use tokio_util::io::ReaderStream;

use crate::error::DeployError;

/// The name of the image; the tag says which.
pub const NAME: &str = "shakedown";

/// Where the binary is in the image.
pub const EXE: &str = "/shakedown";

const DOCKERFILE: &str = "\
FROM scratch
LABEL shakedown.image=\"1\"
COPY root/ /
USER 10001:10001
ENTRYPOINT [\"/shakedown\"]
";

/// Where systems keep their trusted roots; an HTTP client does not start without any.
const ROOTS: [&str; 3] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
];

/// Number of binaries whose images are kept.
const KEPT: usize = 3;

/// Bytes per chunk of the upload.
const CHUNK_BYTES: usize = 1 << 20;

/// A file of this machine and its path in the image.
struct Part {
    source: PathBuf,
    target: PathBuf,
}

/// Builds the image of a binary unless the engine has it; returns its tag.
pub async fn ensure(
    docker: &Docker,
    exe: &Path,
    events: &mpsc::UnboundedSender<EventKind>,
) -> Result<String, DeployError> {
    let failed = |why: String| DeployError::Image {
        image: NAME.into(),
        why,
    };
    let parts = parts(exe).map_err(|error| failed(error.to_string()))?;
    let (tag, parts) = tokio::task::spawn_blocking(move || Ok((tag(&parts)?, parts)))
        .await
        .map_err(|error| failed(error.to_string()))?
        .map_err(|error: io::Error| failed(error.to_string()))?;
    let image = format!("{NAME}:{tag}");
    if docker.inspect_image(&image).await.is_ok() {
        return Ok(tag);
    }
    let since = Instant::now();
    let _ = events.send(EventKind::ImageBuilding {
        image: image.clone(),
    });
    build(docker, &image, parts).await.map_err(failed)?;
    let _ = events.send(EventKind::ImageBuilt {
        image,
        after_ms: u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX),
    });
    prune(docker).await;
    Ok(tag)
}

/// Removes the images of older binaries. One that is in use or cannot be removed now is tried again
/// after the next build.
async fn prune(docker: &Docker) {
    let ours = HashMap::from([("label", vec!["shakedown.image=1"])]);
    let options = ListImagesOptionsBuilder::new().filters(&ours).build();
    let mut images = docker.list_images(Some(options)).await.unwrap_or_default();
    images.sort_by_key(|image| Reverse(image.created));
    for image in images.into_iter().skip(KEPT) {
        let options = None::<RemoveImageOptions>;
        // Not forced: it may be in use.
        let _ = docker.remove_image(&image.id, options, None).await;
    }
}

/// The binary and, at the same paths, the shared objects that the loader lists and the roots.
fn parts(exe: &Path) -> io::Result<Vec<Part>> {
    // As `ldd` does: the loader lists the objects and does not run the program.
    let listed = Command::new(exe)
        .env("LD_TRACE_LOADED_OBJECTS", "1")
        .output()?;
    let objects = objects(&String::from_utf8_lossy(&listed.stdout));
    let mut parts = vec![Part {
        source: exe.into(),
        target: EXE.into(),
    }];
    let roots = ROOTS.iter().map(PathBuf::from).find(|path| path.is_file());
    parts.extend(objects.into_iter().chain(roots).map(|path| Part {
        source: path.clone(),
        target: path,
    }));
    Ok(parts)
}

/// Lines are `name => path (address)`, or `path (address)` for the loader itself.
fn objects(listed: &str) -> Vec<PathBuf> {
    let path = |line: &str| {
        let named = line.split_once("=>").map_or(line, |(_, path)| path);
        let path = named.split_whitespace().next()?;
        path.starts_with('/').then(|| PathBuf::from(path))
    };
    listed.lines().filter_map(path).collect()
}

fn tag(parts: &[Part]) -> io::Result<String> {
    let mut hash = Sha256::new();
    hash.update(DOCKERFILE);
    let mut chunk = vec![0; CHUNK_BYTES];
    for part in parts {
        hash.update(part.target.as_os_str().as_encoded_bytes());
        let mut file = std::fs::File::open(&part.source)?;
        loop {
            match file.read(&mut chunk)? {
                0 => break,
                read => hash.update(&chunk[..read]),
            }
        }
    }
    let hash = hash.finalize();
    Ok(hash
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect())
}

async fn build(docker: &Docker, image: &str, parts: Vec<Part>) -> Result<(), String> {
    let (packed, upload) = tokio::io::duplex(CHUNK_BYTES);
    let packing = tokio::spawn(pack(parts, packed));
    let options = BuildImageOptionsBuilder::new()
        .dockerfile("Dockerfile")
        .t(image)
        .rm(true)
        .forcerm(true)
        .build();
    let context = body_try_stream(ReaderStream::with_capacity(upload, CHUNK_BYTES));
    let mut building = std::pin::pin!(docker.build_image(options, None, Some(context)));
    while let Some(step) = building.next().await {
        let step = step.map_err(|error| error.to_string())?;
        if let Some(message) = step.error_detail.and_then(|detail| detail.message) {
            return Err(message);
        }
    }
    let packed = packing.await.map_err(|error| error.to_string())?;
    packed.map_err(|error| error.to_string())
}

/// Writes the build context as a tar.
async fn pack(parts: Vec<Part>, to: DuplexStream) -> io::Result<()> {
    let mut context = tokio_tar::Builder::new(to);
    let mut header = tokio_tar::Header::new_gnu();
    header.set_size(DOCKERFILE.len() as u64);
    header.set_mode(0o644);
    context
        .append_data(&mut header, "Dockerfile", DOCKERFILE.as_bytes())
        .await?;
    for part in parts {
        let below_root = part.target.strip_prefix("/").unwrap_or(&part.target);
        let file = tokio::fs::File::open(&part.source).await?;
        let mut header = tokio_tar::Header::new_gnu();
        header.set_size(file.metadata().await?.len());
        header.set_mode(0o755);
        let path = Path::new("root").join(below_root);
        context.append_data(&mut header, path, file).await?;
    }
    context.into_inner().await?.shutdown().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loader_and_every_object_it_names_by_path_go_into_the_image() {
        let listed = "\tlinux-vdso.so.1 (0x00007ffd)\n\
                      \tlibm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x00007f1d)\n\
                      \t/lib64/ld-linux-x86-64.so.2 (0x00007f1d)\n";
        let found = [
            "/lib/x86_64-linux-gnu/libm.so.6",
            "/lib64/ld-linux-x86-64.so.2",
        ];
        assert_eq!(objects(listed), found.map(PathBuf::from));
    }
}
