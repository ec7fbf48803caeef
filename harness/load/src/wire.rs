//! The frames that a worker sends to its parent over their socket.
//!
//! A frame is a kind, a length and a payload. Samples are fixed records, tally and expected times
//! are JSON, the rest is text. It must not know who reads or writes.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};

use harness_model::{ErrorClass, LoadTally, Offset, Sample, Sym};

/// One message from the worker.
#[derive(Debug)]
pub enum Frame {
    /// The prelude is done and the worker waits for time zero.
    Ready,
    Samples(Vec<Sample>),
    Done(LoadTally),
    Failed(String),
    /// Operation -> its expected time in milliseconds, once it is frozen.
    Expected(BTreeMap<String, f64>),
}

/// Bytes of one sample; the last few are padding.
const RECORD: usize = 88;
/// Bytes of the largest payload. A longer one can only come from a broken stream.
const LARGEST: u32 = 16 << 20;

pub fn write(out: &mut impl Write, frame: &Frame) -> io::Result<()> {
    let (kind, payload) = match frame {
        Frame::Ready => (0_u8, Vec::new()),
        Frame::Samples(samples) => (1, samples.iter().flat_map(encode).collect()),
        Frame::Done(tally) => (2, serde_json::to_vec(tally)?),
        Frame::Failed(why) => (3, why.clone().into_bytes()),
        Frame::Expected(ms) => (4, serde_json::to_vec(ms)?),
    };
    out.write_all(&[kind])?;
    out.write_all(
        &u32::try_from(payload.len())
            .unwrap_or(u32::MAX)
            .to_le_bytes(),
    )?;
    out.write_all(&payload)?;
    out.flush()
}

pub fn read(from: &mut impl Read) -> io::Result<Frame> {
    let mut head = [0_u8; 5];
    from.read_exact(&mut head)?;
    let length = u32::from_le_bytes([head[1], head[2], head[3], head[4]]);
    if length > LARGEST {
        return Err(io::Error::other("frame is too long"));
    }
    let mut payload = vec![0; length as usize];
    from.read_exact(&mut payload)?;
    match head[0] {
        0 => Some(Frame::Ready),
        1 => payload
            .chunks_exact(RECORD)
            .map(decode)
            .collect::<Option<_>>()
            .map(Frame::Samples),
        2 => Some(Frame::Done(serde_json::from_slice(&payload)?)),
        3 => Some(Frame::Failed(
            String::from_utf8_lossy(&payload).into_owned(),
        )),
        4 => Some(Frame::Expected(serde_json::from_slice(&payload)?)),
        _ => None,
    }
    .ok_or_else(|| io::Error::other("frame is malformed"))
}

fn encode(sample: &Sample) -> [u8; RECORD] {
    let mut record = [0; RECORD];
    let mut at = 0;
    let mut put = |bytes: &[u8]| {
        record[at..at + bytes.len()].copy_from_slice(bytes);
        at += bytes.len();
    };
    put(&sample.trace.to_le_bytes());
    for time in [sample.intended, sample.sent, sample.first_byte, sample.done] {
        put(&time.ns().to_le_bytes());
    }
    put(&sample.lateness_ns.to_le_bytes());
    for number in [
        sample.operation.0,
        sample.journey.0,
        sample.bytes,
        sample.session,
    ] {
        put(&number.to_le_bytes());
    }
    for number in [sample.status, sample.step, sample.attempt, sample.phase] {
        put(&number.to_le_bytes());
    }
    put(&[sample.error as u8]);
    record
}

fn decode(record: &[u8]) -> Option<Sample> {
    let long = |at: usize| Some(u64::from_le_bytes(record.get(at..at + 8)?.try_into().ok()?));
    let word = |at: usize| Some(u32::from_le_bytes(record.get(at..at + 4)?.try_into().ok()?));
    let half = |at: usize| Some(u16::from_le_bytes(record.get(at..at + 2)?.try_into().ok()?));
    let time = |at: usize| Some(Offset(long(at)?.cast_signed()));
    Some(Sample {
        trace: u128::from_le_bytes(record.get(..16)?.try_into().ok()?),
        intended: time(16)?,
        sent: time(24)?,
        first_byte: time(32)?,
        done: time(40)?,
        lateness_ns: long(48)?,
        operation: Sym(word(56)?),
        journey: Sym(word(60)?),
        bytes: word(64)?,
        session: word(68)?,
        status: half(72)?,
        step: half(74)?,
        attempt: half(76)?,
        phase: half(78)?,
        error: ErrorClass::from_code(*record.get(80)?)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_survives_the_wire() {
        let sample = Sample {
            operation: Sym(3),
            journey: Sym(0),
            intended: Offset(-5),
            sent: Offset(7),
            first_byte: Offset(8),
            done: Offset(9),
            lateness_ns: 11,
            status: 503,
            error: ErrorClass::Status,
            bytes: 12,
            trace: u128::MAX - 1,
            session: 13,
            step: 14,
            attempt: 1,
            phase: 2,
        };
        let mut bytes = Vec::new();
        write(&mut bytes, &Frame::Samples(vec![sample])).unwrap();
        let Frame::Samples(back) = read(&mut bytes.as_slice()).unwrap() else {
            panic!("frame")
        };
        assert_eq!(back, [sample]);
        assert!(read(&mut [9_u8, 0, 0, 0, 0].as_slice()).is_err());
    }
}
