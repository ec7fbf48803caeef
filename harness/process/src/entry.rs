//! What the kernel says of one process.
//!
//! It must not know other processes.

/// The flag of a task that has begun to end (`include/linux/sched.h`).
const PF_EXITING: u64 = 0x4;

/// One line of the table, from `/proc/PID/stat`; times in clock ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    pub pid: u32,
    pub parent: u32,
    pub group: u32,
    /// `R`, `S`, `T`, `Z`, ...
    pub state: char,
    /// It has begun to end: its environment is gone, but its sockets may still be open.
    pub exiting: bool,
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
        Entry::parse(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
    }

    /// Neither dead nor a zombie.
    pub fn is_alive(&self) -> bool {
        !matches!(self.state, 'Z' | 'X')
    }

    /// The command's name may hold blanks and parentheses, so fields are counted from the last `)`.
    pub(crate) fn parse(stat: &str) -> Option<Entry> {
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
            exiting: number(9)? & PF_EXITING != 0,
            start_time: number(22)?,
            cpu_ticks: number(14)? + number(15)?,
            children_ticks: number(16)? + number(17)?,
            threads: number(20)?,
            resident_pages: number(24)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_name_with_blanks_and_parentheses_does_not_shift_the_fields() {
        let stat = "42 (a) b (c)) T 1 43 42 0 -1 4194308 1 2 3 4 5 6 7 8 20 0 9 0 987654 1 2";
        let expected = Entry {
            pid: 42,
            parent: 1,
            group: 43,
            state: 'T',
            exiting: true,
            start_time: 987_654,
            cpu_ticks: 11,
            children_ticks: 15,
            threads: 9,
            resident_pages: 2,
        };
        assert_eq!(Entry::parse(stat), Some(expected));
    }
}
