//! Runs every instance as a container.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use harness_model::definition::Image;
use harness_model::{EventKind, Impairment, InstanceId};
use rustix::process::Signal;
use testcontainers::bollard::Docker;
use testcontainers::bollard::errors::Error;
use testcontainers::bollard::query_parameters::KillContainerOptionsBuilder;
use testcontainers::runners::AsyncRunner;
use testcontainers::{ContainerAsync, ContainerRequest, GenericImage};
use tokio::select;
use tokio::sync::mpsc;

use crate::command::{Paths, Values};
use crate::docker::clean_up::{clean_up, remove_all};
use crate::docker::data::{Owner, copy_owned};
use crate::docker::image::{self, EXE};
use crate::docker::images::{Images, images};
use crate::docker::impair::{self, Restorable};
use crate::docker::network::Network;
use crate::docker::request::{DATA, SCRATCH, of_binary, of_image};
use crate::docker::volume;
use crate::docker::watch::watch;
use crate::error::DeployError;
use crate::instance::Instance;
use crate::runner::{Impairs, Runner};
use crate::spec::DeploymentSpec;

/// Time to end gracefully before SIGKILL.
const GRACE_S: i32 = 3;

/// A container that was started at least once.
#[derive(Debug, Clone)]
struct StartedContainer {
    container: Arc<ContainerAsync<GenericImage>>,
    /// Log chunks that its file holds.
    logged: Arc<AtomicUsize>,
    restorable: Arc<Restorable>,
}

/// The containers of one run.
#[derive(Debug)]
pub struct DockerRunner {
    network: Network,
    tag: String,
    values: Values,
    images: Images,
    owner: Owner,
    data: PathBuf,
    containers: Mutex<BTreeMap<InstanceId, StartedContainer>>,
}

impl DockerRunner {
    /// Builds our own image if need be, and gives every instance its own copy of the prepared data.
    pub async fn new(
        network: Network,
        spec: &DeploymentSpec<'_>,
        prepared: &Path,
        events: &mpsc::UnboundedSender<EventKind>,
    ) -> Result<DockerRunner, DeployError> {
        let tag = image::ensure(network.docker(), &spec.paths.exe, events).await?;
        let owner = Owner::of_services();
        let ours = spec.layout.services.iter();
        let ours = ours.filter(|service| service.definition.image.is_none());
        for instance in ours.flat_map(|service| &service.instances) {
            let own = spec.paths.data.join(instance.id.as_str());
            copy_owned(prepared, &own, owner)
                .map_err(|source| DeployError::File { path: own, source })?;
        }
        let inside = Paths {
            exe: EXE.into(),
            data: DATA.into(),
            cache: SCRATCH.into(),
            logs: SCRATCH.into(),
            settings: SCRATCH.into(),
        };
        Ok(DockerRunner {
            images: images(&spec.paths.settings)?,
            values: spec.values(&inside),
            data: spec.paths.data.clone(),
            network,
            tag,
            owner,
            containers: Mutex::default(),
        })
    }

    fn docker(&self) -> &Docker {
        self.network.docker()
    }

    fn containers(&self) -> MutexGuard<'_, BTreeMap<InstanceId, StartedContainer>> {
        self.containers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, instance: &Instance) -> Result<StartedContainer, DeployError> {
        let found = self.containers().get(instance.id()).cloned();
        found.ok_or_else(|| failed("find", instance, "it was never started"))
    }

    /// Starts the existing container again, or a new one.
    async fn start_container(&self, instance: &Instance) -> Result<StartedContainer, DeployError> {
        if let Ok(existing) = self.find(instance) {
            let started = existing.container.start().await;
            return match started {
                Ok(()) => Ok(existing),
                Err(error) => Err(failed("start", instance, error)),
            };
        }
        let wanted = match &instance.service.definition.image {
            Some(image) => self.request_of_image(instance, image).await?,
            None => self.request_of_binary(instance)?,
        };
        let container = wanted.start().await;
        let container = container.map_err(|error| failed("start", instance, error))?;
        let started = StartedContainer {
            container: Arc::new(container),
            logged: Arc::default(),
            restorable: Arc::default(),
        };
        self.containers()
            .insert(instance.id().clone(), started.clone());
        Ok(started)
    }

    fn request_of_binary(
        &self,
        instance: &Instance,
    ) -> Result<ContainerRequest<GenericImage>, DeployError> {
        let words = self.values.words(&instance.service, &instance.layout);
        let (program, args) = words
            .split_first()
            .ok_or_else(|| DeployError::NoCommand(instance.service_name().into()))?;
        if program != EXE {
            return Err(DeployError::NotInImage(instance.service_name().into()));
        }
        let data = self.data.join(instance.id().as_str());
        let (network, tag) = (&self.network, &self.tag);
        Ok(of_binary(network, tag, instance, args, &data, self.owner))
    }

    async fn request_of_image(
        &self,
        instance: &Instance,
        image: &Image,
    ) -> Result<ContainerRequest<GenericImage>, DeployError> {
        let reference = self.images.of(&image.name)?;
        let args = self.values.words(&instance.service, &instance.layout);
        let volumes = volume::create(&self.network, instance.id(), image).await;
        let volumes = volumes.map_err(|error| failed("make a volume for", instance, error))?;
        let network = &self.network;
        Ok(of_image(
            network, reference, instance, image, &args, &volumes,
        ))
    }

    /// The signal that an image states for a graceful end: PostgreSQL, for example, takes SIGTERM
    /// as a request to wait until all its clients have left.
    async fn stop_signal(&self, id: &str) -> String {
        let inspected = self.docker().inspect_container(id, None).await;
        let config = inspected.ok().and_then(|container| container.config);
        let stated = config.and_then(|config| config.stop_signal);
        stated
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| "SIGTERM".into())
    }

    async fn pid(&self, id: &str) -> u32 {
        let inspected = self.docker().inspect_container(id, None).await;
        let state = inspected.ok().and_then(|container| container.state);
        let pid = state.and_then(|state| state.pid).unwrap_or_default();
        u32::try_from(pid).unwrap_or_default()
    }
}

#[async_trait]
impl Impairs for DockerRunner {
    async fn impair(
        &self,
        instance: &Instance,
        what: Impairment,
    ) -> Option<Result<(), DeployError>> {
        let impaired = async {
            let found = self.find(instance)?;
            let (network, id) = (self.network.run(), found.container.id());
            let impaired = impair::impair(self.docker(), network, id, what, &found.restorable);
            let impaired = impaired.await;
            impaired.map_err(|why| failed("impair", instance, why))
        };
        Some(impaired.await)
    }

    async fn repair(&self, instance: &Instance, _: Impairment) -> Option<Result<(), DeployError>> {
        let repaired = async {
            let found = self.find(instance)?;
            let Some(before) = impair::get(&found.restorable) else {
                return Ok(());
            };
            let (network, id) = (self.network.run(), found.container.id());
            let repaired = impair::repair(self.docker(), network, id, &before).await;
            repaired.map_err(|why| failed("repair", instance, why))?;
            impair::set(&found.restorable, None);
            Ok(())
        };
        Some(repaired.await)
    }
}

#[async_trait]
impl Runner for DockerRunner {
    async fn start(&self, instance: &Arc<Instance>) -> Result<u32, DeployError> {
        let started = self.start_container(instance).await?;
        let id = started.container.id();
        let pid = self.pid(id).await;
        instance.has_started(pid);
        let (logged, restorable) = (&started.logged, &started.restorable);
        watch(self.docker(), id, instance, logged, restorable);
        Ok(pid)
    }

    async fn signal(&self, instance: &Instance, signal: Signal) -> Result<(), DeployError> {
        let found = self.find(instance)?;
        let name = match signal {
            Signal::TERM => self.stop_signal(found.container.id()).await,
            _ => "SIGKILL".to_owned(),
        };
        let options = KillContainerOptionsBuilder::new().signal(&name).build();
        let killed = self
            .docker()
            .kill_container(found.container.id(), Some(options));
        // The engine may answer a kill soon after a start only ten seconds after the end.
        select! {
            killed = killed => match killed {
                // It has just ended by itself.
                Err(Error::DockerResponseServerError { status_code: 404 | 409, .. }) => Ok(()),
                killed => killed.map_err(|error| failed("kill", instance, error)),
            },
            _ = instance.ended() => Ok(()),
        }
    }

    /// SIGTERM to all, SIGKILL to those that ignore it, and a removal of whatever is left.
    async fn down(&self, _: &[Arc<Instance>]) -> Vec<String> {
        let containers = std::mem::take(&mut *self.containers());
        let ending = containers.into_values().map(|started| async {
            // A paused container cannot handle a signal; an error says that it was not paused.
            let _ = started.container.unpause().await;
            let _ = started.container.stop_with_timeout(Some(GRACE_S)).await;
            started.container
        });
        let stopped = futures::future::join_all(ending).await;
        let removing = stopped.into_iter().filter_map(Arc::into_inner);
        let removing = removing.map(ContainerAsync::rm);
        // What could not be removed here is removed or named below.
        let _ = futures::future::join_all(removing).await;
        remove_all(self.docker(), self.network.run()).await.left
    }

    fn kill_all(&self, _: &[Arc<Instance>]) {
        let containers = std::mem::take(&mut *self.containers());
        if containers.is_empty() {
            return;
        }
        let run = self.network.run().to_owned();
        // A thread of its own, because this one may belong to an async runtime.
        let cleaning = std::thread::spawn(move || clean_up(&run));
        let _ = cleaning.join();
        // Their destructors would remove them again, one after the other.
        containers.into_values().for_each(std::mem::forget);
    }
}

fn failed(action: &'static str, instance: &Instance, why: impl Display) -> DeployError {
    DeployError::Container {
        action,
        instance: instance.id().clone(),
        why: why.to_string(),
    }
}
