use super::*;

const MS: Duration = Duration::from_millis(1);
const TARGET: Duration = Duration::from_millis(40);

/// Packet number `n` of a stream of 20 ms packets whose sequence and timestamp both roll over near packet 20.
fn packet(n: u32) -> Packet {
    Packet {
        sequence: 65_516u16.wrapping_add(n as u16),
        timestamp: (u32::MAX - 19_199).wrapping_add(n * 960),
        duration_samples: 960,
        payload: Bytes::from(n.to_string()),
    }
}

/// Plays a stream of (arrival in ms, packet number) for `frames` frames; tells of each what was played: the
/// packet's number, `x` for concealed, `r` for recovered, `-` for silence.
fn play(arrivals: &[(u32, u32)], frames: usize) -> (Vec<String>, JitterBuffer) {
    let packets: Vec<_> = arrivals.iter().map(|&(ms, n)| (ms, packet(n))).collect();
    play_packets(&packets, frames)
}

fn play_packets(arrivals: &[(u32, Packet)], frames: usize) -> (Vec<String>, JitterBuffer) {
    let mut buffer = JitterBuffer::new(TARGET);
    let mut played = Vec::new();
    let mut arrivals = arrivals.iter().peekable();
    for ms in 0.. {
        while let Some((_, packet)) = arrivals.next_if(|(at, _)| *at == ms) {
            buffer.insert(packet.clone(), MS * ms);
        }
        while buffer.tick(MS * ms) {
            played.push(match buffer.pull() {
                Playout::Packet(payload) => String::from_utf8(payload.to_vec()).unwrap(),
                Playout::Lost { next: None, .. } => "x".to_owned(),
                Playout::Lost { next: Some(_), .. } => "r".to_owned(),
                Playout::Silence { .. } => "-".to_owned(),
            });
            if played.len() == frames {
                return (played, buffer);
            }
        }
    }
    unreachable!()
}

fn numbers(range: std::ops::Range<u32>) -> Vec<String> {
    range.map(|n| n.to_string()).collect()
}

#[test]
fn a_steady_stream_comes_out_as_it_is_over_the_wrap_around() {
    let arrivals: Vec<_> = (0..60).map(|n| (n * 20, n)).collect();
    let (played, buffer) = play(&arrivals, 60);
    assert_eq!(played, numbers(0..60));
    assert_eq!(buffer.stats(), JitterStats::default());
}

#[test]
fn swapped_and_doubled_packets_come_out_in_order_and_once() {
    let mut arrivals = Vec::new();
    for n in (0..40).step_by(2) {
        // Each second packet overtakes the one before it, around the roll-over too, and each comes twice.
        arrivals.extend([(n * 20 + 1, n + 1), (n * 20 + 2, n), (n * 20 + 3, n), (n * 20 + 30, n + 1)]);
    }
    arrivals.sort_unstable();
    let (played, buffer) = play(&arrivals, 40);
    assert_eq!(played, numbers(0..40));
    assert_eq!(buffer.stats().duplicates, 40);
    assert_eq!((buffer.stats().lost, buffer.stats().late), (0, 0));
}

#[test]
fn a_lost_packet_is_recovered_from_the_next_and_longer_losses_are_concealed() {
    let arrivals: Vec<_> = (0..40).filter(|n| ![5, 19, 20, 21].contains(n)).map(|n| (n * 20, n)).collect();
    let (played, buffer) = play(&arrivals, 40);
    let mut expected = numbers(0..40);
    expected[5] = "r".into();
    expected[19] = "x".into();
    expected[20] = "x".into();
    expected[21] = "r".into();
    // With two frames in hand, the third loss in a row is seen only when the next packet is there already.
    assert_eq!(played, expected);
    assert_eq!(buffer.stats().lost, 4);
}

#[test]
fn a_pause_of_the_sender_is_silence_of_the_same_length() {
    let arrivals: Vec<_> = (0..10).map(|n| (n * 20, n)).collect();
    // The sender pauses for one second: sequence numbers go on, timestamps jump.
    let mut arrivals: Vec<_> = arrivals.into_iter().map(|(ms, n)| (ms, packet(n))).collect();
    arrivals.extend((10..30).map(|n| (n * 20 + 1_000, Packet { timestamp: packet(n + 50).timestamp, ..packet(n) })));
    let (played, buffer) = play_packets(&arrivals, 80);
    assert_eq!(played[..10], numbers(0..10));
    assert_eq!(played[10..13], ["x", "x", "x"]);
    assert!(played[13..60].iter().all(|what| what == "-"), "{played:?}");
    assert_eq!(played[60..80], numbers(10..30));
    assert_eq!(buffer.stats().lost, 0);
}

#[test]
fn a_stall_of_the_network_delays_the_sound_and_loses_none_of_it() {
    let arrivals: Vec<_> = (0..60).map(|n| (if (20..35).contains(&n) { 35 * 20 } else { n * 20 }, n)).collect();
    let (played, buffer) = play(&arrivals, 70);
    let heard: Vec<_> = played.iter().filter(|what| what.parse::<u32>().is_ok()).cloned().collect();
    assert_eq!(heard, numbers(0..heard.len() as u32), "{played:?}");
    assert_eq!((buffer.stats().lost, buffer.stats().late), (0, 0));
    assert!(heard.len() >= 55);
}

#[test]
fn a_delay_that_is_no_longer_needed_can_be_trimmed() {
    let stall = |n| if (20..30).contains(&n) { 30 * 20 } else { n * 20 };
    let mut buffer = JitterBuffer::new(TARGET);
    let mut arrivals = (0..400).map(|n| (stall(n), packet(n))).peekable();
    let (mut trimmed, mut last_depth) = (0, 0);
    for ms in 0..400 * 20 {
        while let Some((_, packet)) = arrivals.next_if(|(at, _)| *at == ms) {
            buffer.insert(packet, MS * ms);
        }
        while buffer.tick(MS * ms) {
            buffer.pull();
            if buffer.has_excess() {
                buffer.trimmed();
                buffer.pull();
                trimmed += 1;
            }
            last_depth = buffer.depth();
        }
    }
    assert!((4..=10).contains(&trimmed), "{trimmed}");
    assert!(last_depth <= 3 * FRAME, "{last_depth}");
    assert_eq!(buffer.stats().lost, 0);
}

#[test]
fn a_packet_after_its_turn_is_late_and_not_played() {
    let mut arrivals: Vec<_> = (0..20).filter(|n| *n != 5).map(|n| (n * 20, n)).collect();
    arrivals.push((250, 5));
    arrivals.sort_unstable();
    let (played, buffer) = play(&arrivals, 20);
    assert_eq!(played[5], "r");
    assert_eq!(played[6..20], numbers(6..20));
    assert_eq!((buffer.stats().late, buffer.stats().lost), (1, 1));
}

#[test]
fn a_stream_that_starts_anew_is_followed_and_a_single_stray_is_not() {
    let stray = |sequence, timestamp| Packet { sequence, timestamp, ..packet(999) };
    let mut arrivals: Vec<_> = (0..10).map(|n| (n * 20, packet(n))).collect();
    arrivals.push((105, stray(30_000, 5)));
    arrivals.extend(
        (0..10).map(|n| {
            (200 + n * 20, Packet { sequence: 20_000 + n as u16, timestamp: 77 + n * 960, ..packet(100 + n) })
        }),
    );
    arrivals.sort_by_key(|(ms, _)| *ms);
    let (played, buffer) = play_packets(&arrivals, 22);
    assert_eq!(played[..9], numbers(0..9));
    assert_eq!(buffer.stats().strays, 2, "the stray and the first of the new stream");
    let heard: Vec<_> = played[9..].iter().filter(|what| what.parse::<u32>().is_ok()).cloned().collect();
    assert_eq!(heard, numbers(101..101 + heard.len() as u32));
    assert!(heard.len() >= 7, "{played:?}");
}

#[test]
fn wild_timestamps_do_not_stop_the_sound() {
    for jump in [1 << 31, u32::MAX / 3, 10_000_000, u32::MAX - 10_000_000] {
        let wild = |n: u32| Packet { timestamp: packet(n).timestamp.wrapping_add(jump), ..packet(n) };
        let arrivals: Vec<_> = (0..60).map(|n| (n * 20, if n < 20 { packet(n) } else { wild(n) })).collect();
        let (played, _) = play_packets(&arrivals, 60);
        let heard = played.iter().filter(|what| what.parse::<u32>().is_ok()).count();
        assert!(heard >= 55, "{jump}: {played:?}");
    }
}

#[test]
fn any_packets_at_all_give_one_frame_each_20_ms_and_never_fill_the_memory() {
    let mut seed = 9u64;
    let mut random = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    let mut buffer = JitterBuffer::new(TARGET);
    let mut frames = 0;
    for ms in 0..20_000u32 {
        for _ in 0..random(4) {
            let (sequence, timestamp) = match random(3) {
                0 => (random(65_536) as u16, random(1 << 32) as u32),
                1 => ((ms / 20) as u16, random(1 << 32) as u32),
                _ => ((ms / 20 + random(5) as u32) as u16, ms * 48),
            };
            let duration_samples = [1, 120, 960, 2_880, 5_760][random(5) as usize];
            buffer.insert(Packet { sequence, timestamp, duration_samples, payload: Bytes::new() }, MS * ms);
        }
        assert!(buffer.waiting.len() <= CAPACITY);
        while buffer.tick(MS * ms) {
            frames += 1;
            for _ in 0..random(4) {
                match buffer.pull() {
                    Playout::Packet(_) => {}
                    Playout::Lost { samples, .. } | Playout::Silence { samples } => {
                        assert!((1..=5_760).contains(&samples));
                    }
                }
            }
        }
    }
    assert!((995..=1_000).contains(&frames), "{frames}");
}
