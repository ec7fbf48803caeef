//! Runs every service as a container.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use harness_model::definition::Image;
use harness_model::{EventKind, Impairment};
use rustix::process::Signal;
use testcontainers::bollard::Docker;
use testcontainers::bollard::errors::Error;
use testcontainers::bollard::query_parameters::KillContainerOptionsBuilder;
use testcontainers::runners::AsyncRunner;
use testcontainers::{ContainerAsync, ContainerRequest, GenericImage};
use tokio::select;
use tokio::sync::mpsc;

use crate::command::{Paths, Values};
use crate::docker::data::{Owner, hand_out};
use crate::docker::image::{self, EXE};
use crate::docker::impair::{self, Kept};
use crate::docker::request::{DATA, SCRATCH, of_binary, of_image};
use crate::docker::watch::watch;
use crate::docker::{Images, Network, images, sweep, volume};
use crate::error::DeployError;
use crate::network::Job;
use crate::runner::Runner;
use crate::service::Service;

/// Time to end in good order before being killed.
const GRACE_S: i32 = 3;

/// A container, running or not, and how much of its log is in its file.
#[derive(Debug, Clone)]
struct Cell {
    container: Arc<ContainerAsync<GenericImage>>,
    logged: Arc<AtomicUsize>,
    kept: Arc<Kept>,
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
    cells: Mutex<BTreeMap<String, Cell>>,
}

impl DockerRunner {
    /// Sees to it that the image is there and that every service has its own copy of the data.
    pub async fn new(
        network: Network,
        job: &Job<'_>,
        prepared: &Path,
        news: &mpsc::UnboundedSender<EventKind>,
    ) -> Result<DockerRunner, DeployError> {
        let tag = image::ensure(network.docker(), &job.paths.exe, news).await?;
        let owner = Owner::of_services();
        let ours = job.layout.services.iter();
        for service in ours.filter(|service| service.definition.image.is_none()) {
            let own = job.paths.data.join(&service.definition.name);
            hand_out(prepared, &own, owner)
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
            images: images(&job.paths.settings)?,
            values: job.values(&inside),
            data: job.paths.data.clone(),
            network,
            tag,
            owner,
            cells: Mutex::default(),
        })
    }

    fn docker(&self) -> &Docker {
        self.network.docker()
    }

    fn cells(&self) -> MutexGuard<'_, BTreeMap<String, Cell>> {
        self.cells.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn cell(&self, service: &Service) -> Result<Cell, DeployError> {
        let cell = self.cells().get(service.name()).cloned();
        cell.ok_or_else(|| failed("find", service, "it was never started"))
    }

    /// The container of before, started again, or a new one.
    async fn started(&self, service: &Service) -> Result<Cell, DeployError> {
        if let Ok(cell) = self.cell(service) {
            let started = cell.container.start().await;
            return match started {
                Ok(()) => Ok(cell),
                Err(error) => Err(failed("start", service, error)),
            };
        }
        let wanted = match &service.layout.definition.image {
            Some(image) => self.packed(service, image).await?,
            None => self.our_own(service)?,
        };
        let container = wanted.start().await;
        let container = container.map_err(|error| failed("start", service, error))?;
        let cell = Cell {
            container: Arc::new(container),
            logged: Arc::default(),
            kept: Arc::default(),
        };
        self.cells().insert(service.name().into(), cell.clone());
        Ok(cell)
    }

    fn our_own(&self, service: &Service) -> Result<ContainerRequest<GenericImage>, DeployError> {
        let words = self.values.words(&service.layout);
        let (program, args) = words
            .split_first()
            .ok_or_else(|| DeployError::NoCommand(service.name().into()))?;
        if program != EXE {
            return Err(DeployError::NotInImage(service.name().into()));
        }
        let data = self.data.join(service.name());
        let (network, layout) = (&self.network, &service.layout);
        Ok(of_binary(
            network, &self.tag, layout, args, &data, self.owner,
        ))
    }

    async fn packed(
        &self,
        service: &Service,
        image: &Image,
    ) -> Result<ContainerRequest<GenericImage>, DeployError> {
        let reference = self.images.of(&image.name)?;
        let args = self.values.words(&service.layout);
        let volumes = volume::create(&self.network, service.name(), image).await;
        let volumes = volumes.map_err(|error| failed("make a volume for", service, error))?;
        let (network, layout) = (&self.network, &service.layout);
        Ok(of_image(network, reference, layout, image, &args, &volumes))
    }

    /// What an image wants to hear when it is to end: to PostgreSQL, SIGTERM is to wait for all its
    /// clients to leave.
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
impl Runner for DockerRunner {
    async fn start(&self, service: &Arc<Service>) -> Result<u32, DeployError> {
        let cell = self.started(service).await?;
        let id = cell.container.id();
        let pid = self.pid(id).await;
        service.has_begun(pid);
        watch(self.docker(), id, service, &cell.logged, &cell.kept);
        Ok(pid)
    }

    async fn signal(&self, service: &Service, signal: Signal) -> Result<(), DeployError> {
        let cell = self.cell(service)?;
        let name = match signal {
            Signal::TERM => self.stop_signal(cell.container.id()).await,
            _ => "SIGKILL".to_owned(),
        };
        let options = KillContainerOptionsBuilder::new().signal(&name).build();
        let killed = self
            .docker()
            .kill_container(cell.container.id(), Some(options));
        // The engine's answer to a kill soon after a start may come ten seconds after the end.
        select! {
            killed = killed => match killed {
                // It has just ended by itself.
                Err(Error::DockerResponseServerError { status_code: 404 | 409, .. }) => Ok(()),
                killed => killed.map_err(|error| failed("kill", service, error)),
            },
            _ = service.ended() => Ok(()),
        }
    }

    async fn impair(&self, service: &Service, what: Impairment) -> Option<Result<(), DeployError>> {
        let impaired = async {
            let cell = self.cell(service)?;
            let (network, id) = (self.network.run(), cell.container.id());
            let impaired = impair::impair(self.docker(), network, id, what, &cell.kept).await;
            impaired.map_err(|why| failed("impair", service, why))
        };
        Some(impaired.await)
    }

    async fn repair(&self, service: &Service, _: Impairment) -> Option<Result<(), DeployError>> {
        let repaired = async {
            let cell = self.cell(service)?;
            let Some(before) = impair::had(&cell.kept) else {
                return Ok(());
            };
            let (network, id) = (self.network.run(), cell.container.id());
            let repaired = impair::repair(self.docker(), network, id, &before).await;
            repaired.map_err(|why| failed("repair", service, why))?;
            impair::set(&cell.kept, None);
            Ok(())
        };
        Some(repaired.await)
    }

    /// SIGTERM to all, SIGKILL to those that do not listen, and a sweep for what is left.
    async fn down(&self, _: &[Arc<Service>]) -> Vec<String> {
        let cells = std::mem::take(&mut *self.cells());
        let ending = cells.into_values().map(|cell| async {
            // A paused container hears nothing else; one that is not paused says so in vain.
            let _ = cell.container.unpause().await;
            let _ = cell.container.stop_with_timeout(Some(GRACE_S)).await;
            cell.container
        });
        let stopped = futures::future::join_all(ending).await;
        let removing = stopped.into_iter().filter_map(Arc::into_inner);
        let removing = removing.map(ContainerAsync::rm);
        // What could not be removed is found again by the sweep.
        let _ = futures::future::join_all(removing).await;
        sweep::look(self.docker(), self.network.run()).await.left
    }

    fn abandon(&self, _: &[Arc<Service>]) {
        let cells = std::mem::take(&mut *self.cells());
        if cells.is_empty() {
            return;
        }
        let run = self.network.run().to_owned();
        // A thread of its own, because this one may be in the middle of a runtime.
        let sweeping = std::thread::spawn(move || sweep::sweep(&run));
        let _ = sweeping.join();
        // Their destructors would ask for the same once more, one after the other.
        cells.into_values().for_each(std::mem::forget);
    }
}

fn failed(action: &'static str, service: &Service, why: impl Display) -> DeployError {
    DeployError::Container {
        action,
        service: service.name().into(),
        why: why.to_string(),
    }
}
