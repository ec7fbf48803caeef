//! All processes of this machine at one moment.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;

use crate::entry::Entry;
use crate::identity::Identity;
use crate::mark::mark;

/// Every process by its pid.
#[derive(Debug, Clone, Default)]
pub struct Table {
    entries: BTreeMap<u32, Entry>,
}

impl Table {
    /// As of now. A process that starts or ends meanwhile may be missing.
    pub fn read() -> Table {
        let folders = std::fs::read_dir("/proc").into_iter().flatten();
        let pids = folders.filter_map(|folder| folder.ok()?.file_name().to_str()?.parse().ok());
        Table::of(pids.filter_map(Entry::read))
    }

    fn of(entries: impl Iterator<Item = Entry>) -> Table {
        Table {
            entries: entries.map(|one| (one.pid, one)).collect(),
        }
    }

    pub fn get(&self, pid: u32) -> Option<&Entry> {
        self.entries.get(&pid)
    }

    /// Everyone that lives.
    pub fn into_living(self) -> impl Iterator<Item = Identity> {
        let living = self.entries.into_values().filter(Entry::is_alive);
        living.map(|one| one.identity())
    }

    pub fn children(&self, of: u32) -> impl Iterator<Item = &Entry> {
        let all = self.entries.values();
        all.filter(move |one| one.parent == of)
    }

    /// These processes and all their descendants, parents before their children.
    pub fn trees(&self, roots: impl IntoIterator<Item = u32>) -> Vec<&Entry> {
        let mut by_parent: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for one in self.entries.values() {
            by_parent.entry(one.parent).or_default().push(one.pid);
        }
        let mut waiting: VecDeque<u32> = roots.into_iter().collect();
        let (mut known, mut found) = (BTreeSet::new(), Vec::new());
        while let Some(pid) = waiting.pop_front() {
            if let Some(entry) = self.entries.get(&pid)
                && known.insert(pid)
            {
                found.push(entry);
                waiting.extend(by_parent.get(&pid).into_iter().flatten());
            }
        }
        found
    }

    /// The processes of an instance: its first one (`leader`), the group that it leads, the orphans
    /// that came to this process and carry its mark, and the descendants of all of them.
    pub fn of_instance(&self, leader: Option<Identity>, its_mark: Option<&str>) -> Vec<&Entry> {
        let me = std::process::id();
        let is_there = leader.is_some_and(|leader| self.holds(leader));
        let group = self.entries.values().filter(|one| {
            // Once the leader is gone, its number may become that of another group; those of its
            // own have come to this process.
            leader.is_some_and(|leader| one.group == leader.pid) && (is_there || one.parent == me)
        });
        let marked = its_mark.map(|its_mark| {
            let children = self.children(me);
            children.filter(move |one| match mark(one.pid) {
                Some(found) => found == its_mark,
                None => one.is_alive() && is_ending(one.pid),
            })
        });
        let first = leader.filter(|_| is_there).map(|leader| leader.pid);
        let others = group.chain(marked.into_iter().flatten());
        self.trees(first.into_iter().chain(others.map(|one| one.pid)))
    }

    fn holds(&self, who: Identity) -> bool {
        self.get(who.pid).is_some_and(|one| one.identity() == who)
    }
}

/// Whether a process without a mark may have had one: it loses it a moment before it is gone, and
/// is somebody's until then.
fn is_ending(pid: u32) -> bool {
    Entry::read(pid).is_some_and(|now| now.exiting || !now.is_alive())
}

/// Every living process that is marked with this private folder, with the id of its instance.
pub fn of_run(folder: &Path) -> Vec<(Identity, String)> {
    let prefix = format!("{}/", folder.display());
    let alive = Table::read().into_living();
    let marked = alive.filter_map(|who| {
        let instance = mark(who.pid)?.strip_prefix(&prefix)?.to_owned();
        Some((who, instance))
    });
    marked.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(pid: u32, parent: u32, group: u32) -> Entry {
        let stat = format!("{pid} (x) S {parent} {group} 1 0 -1 0 0 0 0 0 1 2 3 4 20 0 5 0 99 6 7");
        Entry::parse(&stat).unwrap()
    }

    #[test]
    fn an_instance_is_its_leader_its_group_and_all_their_descendants_once() {
        let table = Table::of(
            [
                entry(10, 1, 10),
                entry(11, 10, 10),
                // In a session of its own.
                entry(12, 11, 12),
                // Its parent has ended, but it is in the group still.
                entry(13, 1, 10),
                entry(14, 1, 14),
            ]
            .into_iter(),
        );
        let leader = Identity {
            pid: 10,
            start_time: 99,
        };
        let found = table.of_instance(Some(leader), None);
        let pids: Vec<u32> = found.iter().map(|one| one.pid).collect();
        assert_eq!(pids, [10, 11, 13, 12]);
        assert!(table.of_instance(None, Some("none")).is_empty());
        let later = Identity {
            start_time: 7,
            ..leader
        };
        assert!(table.of_instance(Some(later), None).is_empty());
    }
}
