//! The container of one instance: its image, its rights and its mounts.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use harness_model::definition::{Condition, Image};
use testcontainers::bollard::models::{HostConfig, PortBinding};
use testcontainers::core::{ContainerRequest, Healthcheck, IntoContainerPort, Mount};
use testcontainers::{GenericImage, ImageExt};

use crate::command::resource_attributes;
use crate::docker::data::Owner;
use crate::docker::image::{EXE, NAME};
use crate::docker::labels::{INSTANCE, RUN, SERVICE};
use crate::docker::network::Network;
use crate::instance::Instance;

/// The data folder of a service in its container.
pub const DATA: &str = "/data";

/// The only other folder that a service may write to; it is in memory.
pub const SCRATCH: &str = "/tmp";

/// Interval of the engine's own health check, which costs a process each time.
const HEALTH_EVERY: Duration = Duration::from_secs(30);

/// A container that runs the shakedown binary.
pub fn of_binary(
    network: &Network,
    tag: &str,
    instance: &Instance,
    args: &[String],
    data: &Path,
    owner: Owner,
) -> ContainerRequest<GenericImage> {
    let port = port_of(&instance.layout.address);
    let request = confined(GenericImage::new(NAME, tag), network, instance, port)
        .with_cmd(args)
        .with_user(format!("{}:{}", owner.user, owner.group))
        .with_mount(Mount::bind_mount(data.display().to_string(), DATA))
        .with_mount(Mount::tmpfs_mount(SCRATCH));
    let conditions = instance.service.definition.ready.conditions();
    let path = conditions.iter().find_map(|condition| match condition {
        Condition::Http(path) => Some(path),
        Condition::Log(_) => None,
    });
    match path {
        Some(path) => {
            let url = format!("http://127.0.0.1:{port}{path}");
            let check = Healthcheck::cmd([EXE, "healthy", &url]).with_interval(HEALTH_EVERY);
            request.with_health_check(check)
        }
        None => request,
    }
}

/// A container of somebody else's image. Each of `volumes` is a volume and its mount point.
pub fn of_image(
    network: &Network,
    reference: &str,
    instance: &Instance,
    image: &Image,
    args: &[String],
    volumes: &[(String, String)],
) -> ContainerRequest<GenericImage> {
    let (name, tag) = name_and_tag(reference);
    let mut request = confined(GenericImage::new(name, tag), network, instance, image.port)
        .with_cmd(args)
        .with_user(&image.user);
    for (key, value) in &image.env {
        request = request.with_env_var(key, value);
    }
    for (volume, place) in volumes {
        request = request.with_mount(Mount::volume_mount(volume, place));
    }
    for place in &image.scratch {
        request = request.with_mount(Mount::tmpfs_mount(place));
    }
    request
}

/// What applies to every container: labels, only the network of its run, no capabilities, a
/// read-only root file system, and a port published on this machine's loopback.
fn confined(
    image: GenericImage,
    network: &Network,
    instance: &Instance,
    inner_port: u16,
) -> ContainerRequest<GenericImage> {
    let (attributes, value) = resource_attributes(&instance.layout);
    let port = port_of(&instance.layout.address);
    image
        .with_exposed_port(inner_port.tcp())
        .with_container_name(network.container(instance.id()))
        .with_network(network.run())
        .with_label(RUN, network.run())
        .with_label(SERVICE, instance.service_name())
        .with_label(INSTANCE, instance.id().as_str())
        .with_env_var(attributes, value)
        .with_readonly_rootfs(true)
        .with_cap_drop("ALL")
        .with_security_opt("no-new-privileges")
        .with_host_config_modifier(move |host| publish(host, port, inner_port))
}

/// On loopback only, at a port that stays the same when the container is restarted.
fn publish(host: &mut HostConfig, port: u16, inner_port: u16) {
    let binding = PortBinding {
        host_ip: Some("127.0.0.1".into()),
        host_port: Some(port.to_string()),
    };
    host.publish_all_ports = Some(false);
    host.port_bindings = Some(HashMap::from([(
        format!("{inner_port}/tcp"),
        Some(vec![binding]),
    )]));
}

fn port_of(address: &str) -> u16 {
    let port = address.rsplit_once(':').map(|(_, port)| port.parse());
    port.and_then(Result::ok).unwrap_or_default()
}

/// A colon before the last slash belongs to a registry's port.
fn name_and_tag(reference: &str) -> (&str, &str) {
    match reference.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, tag),
        _ => (reference, "latest"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_of_a_registry_is_not_a_tag() {
        assert_eq!(name_and_tag("postgres:17"), ("postgres", "17"));
        assert_eq!(name_and_tag("postgres"), ("postgres", "latest"));
        let own = "127.0.0.1:5000/postgres";
        assert_eq!(name_and_tag(own), (own, "latest"));
    }
}
