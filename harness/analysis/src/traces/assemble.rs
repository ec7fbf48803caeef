//! From spans in any order to trees.
//!
//! Owns identity and parenthood: duplicates, missing parents, circles. It must not know clocks.

use harness_model::Spans;

use super::node::{NONE, Nodes, Trace};

/// Builds one tree at a time; keeps its buffers between traces.
#[derive(Default)]
struct TreeBuilder {
    /// Span indices of the trace, by id, and of each its id and its parent's, its start and end.
    members: Vec<u32>,
    ids: Vec<(u64, u64)>,
    times: Vec<(i64, i64)>,
    /// Member -> member that is its parent.
    parents: Vec<u32>,
    /// Member -> the walk that met it first; 0 for none.
    seen: Vec<u32>,
    /// Members, by start.
    order: Vec<u32>,
    /// Member -> where its children lie in `children`.
    first: Vec<u32>,
    children: Vec<u32>,
    /// Member -> its node.
    placed: Vec<u32>,
}

/// The nodes of all traces, times not yet settled, and the traces by id. Spans without a trace id
/// belong to none and are left out.
pub fn assemble(spans: &Spans) -> (Nodes, Vec<Trace>) {
    let ids = spans.traces();
    let (order, ends) = by_trace(spans);
    let mut sorted: Vec<u32> = (0..ids.len() as u32).collect();
    sorted.sort_unstable_by_key(|number| ids[*number as usize]);
    let mut nodes = Nodes::default();
    let mut traces = Vec::with_capacity(sorted.len());
    let mut builder = TreeBuilder::default();
    for number in sorted.into_iter().map(|number| number as usize) {
        let begin = number.checked_sub(1).map_or(0, |before| ends[before]);
        if ids[number] == 0 || begin == ends[number] {
            continue;
        }
        let from = nodes.len() as u32;
        let members = &order[begin as usize..ends[number] as usize];
        let incomplete = builder.build(spans, members, &mut nodes);
        traces.push(Trace {
            id: ids[number],
            from,
            to: nodes.len() as u32,
            incomplete,
        });
    }
    (nodes, traces)
}

/// The indices of all spans, those of one trace side by side, and for each trace where its end.
fn by_trace(spans: &Spans) -> (Vec<u32>, Vec<u32>) {
    let mut next = vec![0_u32; spans.traces().len()];
    for index in 0..spans.len() {
        next[spans.trace_of(index)] += 1;
    }
    let mut begin = 0;
    for count in &mut next {
        (*count, begin) = (begin, begin + *count);
    }
    let mut order = vec![0_u32; spans.len()];
    for index in 0..spans.len() {
        let place = &mut next[spans.trace_of(index)];
        order[*place as usize] = index as u32;
        *place += 1;
    }
    (order, next)
}

impl TreeBuilder {
    /// Appends one tree; returns whether some span had to be adopted by the root.
    fn build(&mut self, spans: &Spans, trace: &[u32], nodes: &mut Nodes) -> bool {
        self.take(spans, trace);
        self.find_parents();
        self.break_circles();
        self.order.clear();
        self.order.extend(0..self.members.len() as u32);
        let times = &self.times;
        self.order.sort_unstable_by_key(|member| {
            let (start, end) = times[*member as usize];
            (start, std::cmp::Reverse(end), *member)
        });
        let roots = self
            .order
            .iter()
            .filter(|member| self.parents[**member as usize] == NONE);
        let Some(root) = roots.clone().next().copied() else {
            return false;
        };
        let incomplete = roots.count() > 1;
        self.count_children(root);
        self.place(root, nodes);
        incomplete
    }

    /// Of spans with one id, the first to start is a member.
    fn take(&mut self, spans: &Spans, trace: &[u32]) {
        let key = |index: &u32| {
            let at = *index as usize;
            (spans.ids(at).0, spans.times(at).0, *index)
        };
        self.members.clear();
        self.members.extend(trace);
        self.members.sort_unstable_by_key(key);
        self.members
            .dedup_by_key(|index| spans.ids(*index as usize).0);
        let members = || self.members.iter().map(|index| *index as usize);
        self.ids.clear();
        self.ids.extend(members().map(|index| spans.ids(index)));
        self.times.clear();
        self.times.extend(members().map(|index| spans.times(index)));
    }

    /// Members are sorted by id, so a parent is found by binary search.
    fn find_parents(&mut self) {
        self.parents.clear();
        for (_, parent) in &self.ids {
            let found = self.ids.binary_search_by_key(parent, |(id, _)| *id);
            self.parents.push(match found {
                Ok(found) if *parent != 0 => found as u32,
                _ => NONE,
            });
        }
    }

    /// Every circle loses the link above its earliest span.
    fn break_circles(&mut self) {
        self.seen.clear();
        self.seen.resize(self.members.len(), 0);
        for member in 0..self.members.len() as u32 {
            let walk = member + 1;
            let mut at = member;
            while at != NONE && self.seen[at as usize] == 0 {
                self.seen[at as usize] = walk;
                at = self.parents[at as usize];
            }
            if at == NONE || self.seen[at as usize] != walk {
                continue;
            }
            let start = |member: u32| (self.times[member as usize].0, member);
            let (mut earliest, mut next) = (at, self.parents[at as usize]);
            while next != at {
                if start(next) < start(earliest) {
                    earliest = next;
                }
                next = self.parents[next as usize];
            }
            self.parents[earliest as usize] = NONE;
        }
    }

    /// Fills `first` and `children`; members without a parent go to the root.
    fn count_children(&mut self, root: u32) {
        let parent = |member: u32| match self.parents[member as usize] {
            NONE => root,
            parent => parent,
        };
        self.first.clear();
        self.first.resize(self.members.len() + 1, 0);
        for member in self.order.iter().filter(|member| **member != root) {
            self.first[parent(*member) as usize + 1] += 1;
        }
        for index in 1..self.first.len() {
            self.first[index] += self.first[index - 1];
        }
        self.children.clear();
        self.children.resize(self.members.len(), 0);
        // `placed` serves as the fill level of each parent here.
        self.placed.clear();
        self.placed.extend(&self.first);
        for member in self.order.iter().filter(|member| **member != root) {
            let level = &mut self.placed[parent(*member) as usize];
            self.children[*level as usize] = *member;
            *level += 1;
        }
    }

    /// Level by level, so that siblings lie side by side.
    fn place(&mut self, root: u32, nodes: &mut Nodes) {
        let base = nodes.len();
        // From here on `order` is the queue: members in the order of their nodes.
        self.order.clear();
        self.order.push(root);
        let mut parents = std::mem::take(&mut self.placed);
        parents.clear();
        parents.push(NONE);
        let mut next = 0;
        while next < self.order.len() {
            let member = self.order[next] as usize;
            let children = self.first[member] as usize..self.first[member + 1] as usize;
            let node = (base + next) as u32;
            nodes.push(
                self.members[member],
                parents[next],
                (base + self.order.len()) as u32,
                next > 0 && self.parents[member] == NONE,
            );
            for child in &self.children[children] {
                self.order.push(*child);
                parents.push(node);
            }
            next += 1;
        }
        self.placed = parents;
    }
}
