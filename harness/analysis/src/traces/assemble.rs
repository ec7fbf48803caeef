//! From spans in any order to trees.
//!
//! Owns identity and parenthood: duplicates, missing parents, circles. It must not know clocks.

use harness_model::Span;

use super::node::{NONE, Node, Trace};

/// Builds one tree at a time; keeps its buffers between traces.
#[derive(Default)]
struct TreeBuilder {
    /// Span indices of the trace, by id.
    members: Vec<u32>,
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
pub fn assemble(spans: &[Span]) -> (Vec<Node>, Vec<Trace>) {
    let mut keys: Vec<(u128, u64, i64, u32)> = spans
        .iter()
        .enumerate()
        .filter(|(_, span)| span.trace != 0)
        .map(|(index, span)| (span.trace, span.id, span.start.0, index as u32))
        .collect();
    keys.sort_unstable();
    keys.dedup_by_key(|key| (key.0, key.1));
    let mut nodes = Vec::with_capacity(keys.len());
    let mut traces = Vec::new();
    let mut builder = TreeBuilder::default();
    for group in keys.chunk_by(|a, b| a.0 == b.0) {
        builder.members.clear();
        builder.members.extend(group.iter().map(|key| key.3));
        let from = nodes.len() as u32;
        let incomplete = builder.build(spans, &mut nodes);
        traces.push(Trace {
            id: group[0].0,
            from,
            to: nodes.len() as u32,
            incomplete,
        });
    }
    (nodes, traces)
}

impl TreeBuilder {
    /// Appends one tree; returns whether some span had to be adopted by the root.
    fn build(&mut self, spans: &[Span], nodes: &mut Vec<Node>) -> bool {
        self.find_parents(spans);
        self.break_circles(spans);
        let span = |member: u32| &spans[self.members[member as usize] as usize];
        self.order.clear();
        self.order.extend(0..self.members.len() as u32);
        self.order
            .sort_unstable_by_key(|member| (span(*member).start, -span(*member).end.0, *member));
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

    /// Members are sorted by id, so a parent is found by binary search.
    fn find_parents(&mut self, spans: &[Span]) {
        self.parents.clear();
        let id = |index: &u32| spans[*index as usize].id;
        for member in &self.members {
            let parent = spans[*member as usize].parent;
            let found = self.members.binary_search_by_key(&parent, id);
            self.parents.push(match found {
                Ok(found) if parent != 0 => found as u32,
                _ => NONE,
            });
        }
    }

    /// Every circle loses the link above its earliest span.
    fn break_circles(&mut self, spans: &[Span]) {
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
            let start = |member: u32| {
                let span = &spans[self.members[member as usize] as usize];
                (span.start, member)
            };
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
    fn place(&mut self, root: u32, nodes: &mut Vec<Node>) {
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
            nodes.push(Node {
                span: self.members[member],
                parent: parents[next],
                first_child: (base + self.order.len()) as u32,
                children: children.len() as u32,
                start: 0,
                end: 0,
                shift: 0,
                adopted: next > 0 && self.parents[member] == NONE,
            });
            for child in &self.children[children] {
                self.order.push(*child);
                parents.push(node);
            }
            next += 1;
        }
        self.placed = parents;
    }
}
