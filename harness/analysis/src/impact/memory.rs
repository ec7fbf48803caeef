//! Services that the kernel ended for want of memory because of a fault.

use harness_model::report::OutOfMemory;
use harness_model::{EventKind, RunEvent};

/// From the moment the fault was about to be injected until it was lifted.
pub fn out_of_memory(events: &[RunEvent], fault: &str) -> Vec<OutOfMemory> {
    let moment = |is: &dyn Fn(&EventKind) -> bool| events.iter().position(|event| is(&event.what));
    let begun =
        moment(&|what| matches!(what, EventKind::FaultInjecting { fault: f } if f == fault));
    let over =
        moment(&|what| matches!(what, EventKind::FaultHealed { fault: f, .. } if f == fault));
    let within = events.get(begun.unwrap_or(0)..over.unwrap_or(events.len()));
    let ends = within.unwrap_or_default().iter();
    ends.filter_map(|event| match &event.what {
        EventKind::ServiceOutOfMemory { service, .. } => Some(OutOfMemory {
            service: service.clone(),
            at_s: event.at_ns.secs_f64(),
        }),
        _ => None,
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use harness_model::{Evidence, Offset};

    #[test]
    fn an_end_for_want_of_memory_belongs_to_the_fault_that_was_on_or_coming() {
        let event = |s, what| RunEvent {
            at_ns: Offset::from_secs_f64(s),
            what,
        };
        let oom = |service: &str| EventKind::ServiceOutOfMemory {
            service: service.into(),
            instance: harness_model::InstanceId::new(service),
        };
        let fault = || "starved".to_owned();
        let events = [
            event(1.0, oom("early")),
            event(2.0, EventKind::FaultInjecting { fault: fault() }),
            event(2.5, oom("identity")),
            event(2.6, EventKind::FaultInjected { fault: fault() }),
            event(
                4.0,
                EventKind::FaultHealed {
                    fault: fault(),
                    evidence: Evidence::default(),
                    verified: true,
                },
            ),
            event(5.0, oom("late")),
        ];
        let expected = OutOfMemory {
            service: "identity".to_owned(),
            at_s: 2.5,
        };
        assert_eq!(out_of_memory(&events, "starved"), [expected]);
    }
}
