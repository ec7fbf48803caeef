//! The world of the shop: its shape, its seed and its settings.

use crate::modules::MODULES;
use crate::{Shape, ShopError};
use shop_calls::Resilience;
use shop_host::{DataSettings, Scale, Settings};

/// Increase with every change to what the contexts seed.
const SEED_VERSION: u32 = 3;

/// A shape with a seed and settings: everything that determines the seeded databases.
#[derive(Clone, Debug)]
pub struct World {
    pub shape: Shape,
    pub settings: Settings,
    pub scale: Scale,
}

impl World {
    /// The world of a shape and a seed, with settings overridden by a JSON object.
    ///
    /// # Errors
    /// When there is no such shape, or an override matches no setting.
    pub fn new(shape: &str, seed: u64, overrides: &str) -> Result<Self, ShopError> {
        let settings = default_settings()?.overridden(overrides)?;
        let DataSettings {
            products,
            customers,
        } = settings.section("data")?;
        let scale = Scale {
            seed,
            products,
            customers,
        };
        Ok(Self {
            shape: Shape::named(shape)?,
            settings,
            scale,
        })
    }

    /// Identifies a world: equal fingerprints, equal databases.
    pub(crate) fn fingerprint(&self) -> String {
        let schemas = MODULES.iter().map(|module| module.schema());
        let schema = schemas.fold(0_u64, u64::wrapping_add);
        let Scale {
            seed,
            products,
            customers,
        } = self.scale;
        let shape = &self.shape.name;
        format!("{shape}-{seed}-{products}p-{customers}c-v{SEED_VERSION}-{schema:016x}")
    }

    pub(crate) fn resilience(&self) -> Result<Resilience, ShopError> {
        Ok(self.settings.section("resilience")?)
    }
}

/// Every setting with its default.
pub(crate) fn default_settings() -> Result<Settings, ShopError> {
    let sections = MODULES
        .iter()
        .map(|module| (module.context.name(), module.settings));
    Ok(Settings::defaults(sections)?)
}
