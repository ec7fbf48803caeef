//! All processes of this machine at one moment.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::identity::Identity;
use crate::mark::mark;

/// One line of the table, from `/proc/PID/stat`; times in clock ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    pub pid: u32,
    pub parent: u32,
    pub group: u32,
    /// `R`, `S`, `T`, `Z`, ...
    pub state: char,
    /// From boot to its start.
    pub start_time: u64,
    /// CPU time of its own.
    pub cpu_ticks: u64,
    /// CPU time of its children that have ended and been waited for.
    pub children_ticks: u64,
    pub threads: u64,
    pub resident_pages: u64,
}

impl Entry {
    /// `None` when there is no such process.
    pub fn read(pid: u32) -> Option<Entry> {
        parse(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
    }

    /// Neither dead nor a zombie.
    pub fn is_alive(&self) -> bool {
        !matches!(self.state, 'Z' | 'X')
    }

    pub fn identity(&self) -> Identity {
        Identity {
            pid: self.pid,
            start_time: self.start_time,
        }
    }
}

/// The command's name may hold blanks and parentheses, so fields are counted from the last `)`.
fn parse(stat: &str) -> Option<Entry> {
    let (head, rest) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    // Field 3 of the manual is the first one here.
    let number = |field: usize| fields.get(field - 3)?.parse::<u64>().ok();
    let id = |field: usize| u32::try_from(number(field)?).ok();
    Some(Entry {
        pid: head.split_once(' ')?.0.parse().ok()?,
        parent: id(4)?,
        group: id(5)?,
        state: fields.first()?.chars().next()?,
        start_time: number(22)?,
        cpu_ticks: number(14)? + number(15)?,
        children_ticks: number(16)? + number(17)?,
        threads: number(20)?,
        resident_pages: number(24)?,
    })
}

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
            children.filter(move |one| mark(one.pid).as_deref() == Some(its_mark))
        });
        let first = leader.filter(|_| is_there).map(|leader| leader.pid);
        let others = group.chain(marked.into_iter().flatten());
        self.trees(first.into_iter().chain(others.map(|one| one.pid)))
    }

    fn holds(&self, who: Identity) -> bool {
        self.get(who.pid).is_some_and(|one| one.identity() == who)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(pid: u32, parent: u32, group: u32) -> Entry {
        let stat = format!("{pid} (x) S {parent} {group} 1 0 -1 0 0 0 0 0 1 2 3 4 20 0 5 0 99 6 7");
        parse(&stat).unwrap()
    }

    #[test]
    fn a_process_name_with_blanks_and_parentheses_does_not_shift_the_fields() {
        let stat = "42 (a) b (c)) T 1 43 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 9 0 987654 1 2";
        let expected = Entry {
            pid: 42,
            parent: 1,
            group: 43,
            state: 'T',
            start_time: 987_654,
            cpu_ticks: 11,
            children_ticks: 15,
            threads: 9,
            resident_pages: 2,
        };
        assert_eq!(parse(stat), Some(expected));
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
