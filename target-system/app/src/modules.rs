//! Every context of the shop, as a list: the one place where they are all named.

use shop_contracts::Context;
use shop_platform::Module;
use shop_platform::outbox::Subscriptions;

/// Every context, callees before those who call them while seeding.
pub const MODULES: &[Module] = &[
    Module::of::<shop_provider::Provider>(),
    Module::of::<shop_identity::Identity>(),
    Module::of::<shop_catalog::Catalog>(),
    Module::of::<shop_search::Search>(),
    Module::of::<shop_cart::Cart>(),
    Module::of::<shop_inventory::Inventory>(),
    Module::of::<shop_payment::Payment>(),
    Module::of::<shop_shipping::Shipping>(),
    Module::of::<shop_order::Order>(),
    Module::of::<shop_notification::Notification>(),
    Module::of::<shop_gateway::Gateway>(),
];

/// The module of a context.
pub(crate) fn module(context: Context) -> Option<&'static Module> {
    MODULES.iter().find(|module| module.context == context)
}

/// Who listens to what, from every context's own word.
pub(crate) fn subscriptions() -> Subscriptions {
    let mut all = Subscriptions::default();
    for module in MODULES {
        module
            .hears
            .iter()
            .for_each(|fact| all.add(*fact, module.context));
    }
    all
}

/// Whom a context reaches out to: those it calls, and those who hear its facts.
pub(crate) fn reaches(context: Context) -> Vec<Context> {
    let calls = module(context).map_or(&[][..], |module| module.calls);
    let mut all = subscriptions().to(context);
    all.extend_from_slice(calls);
    all.sort_unstable();
    all.dedup();
    all
}
