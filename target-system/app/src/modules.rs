//! The list of all contexts of the shop: the only place that names each of them.

use shop_contracts::Context;
use shop_host::Module;
use shop_stores::Subscriptions;

/// Every context, callees before those that call them while seeding.
pub static MODULES: &[&Module] = &[
    &shop_provider::MODULE,
    &shop_identity::MODULE,
    &shop_catalog::MODULE,
    &shop_search::MODULE,
    &shop_cart::MODULE,
    &shop_inventory::MODULE,
    &shop_payment::MODULE,
    &shop_shipping::MODULE,
    &shop_order::MODULE,
    &shop_notification::MODULE,
    &shop_gateway::MODULE,
];

/// The module of a context.
pub(crate) fn module(context: Context) -> Option<&'static Module> {
    let mut all = MODULES.iter().copied();
    all.find(|module| module.context == context)
}

/// Which contexts listen to which facts, from the constants of the contexts.
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

/// Which contexts a context calls.
pub(crate) fn calls(context: Context) -> &'static [Context] {
    module(context).map_or(&[], |module| module.calls)
}

/// Which contexts a context sends requests to: those it calls, and those that listen to its facts.
pub(crate) fn reaches(context: Context) -> Vec<Context> {
    let mut all = subscriptions().to(context);
    all.extend_from_slice(calls(context));
    all.sort_unstable();
    all.dedup();
    all
}
