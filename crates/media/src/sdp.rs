//! What is read from and written into session descriptions (RFC 8866) here; the rest is the library's work.

use std::net::IpAddr;

use crate::codec::{Agreed, Codec};

/// Media sections an offer may have; a call needs two.
const MAX_SECTIONS: usize = 8;
/// Candidates an offer may have.
const MAX_CANDIDATES: usize = 64;

/// Why an offer cannot be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum OfferFault {
    Malformed(String),
    NoAudio,
}

/// Refuses what the library below need not see: text that is no session description, and offers without sound. Returns
/// the codec to answer with: Opus if it is offered, else the first that is known.
pub(crate) fn check_offer(offer: &str) -> Result<Codec, OfferFault> {
    let malformed = |reason: &str| Err(OfferFault::Malformed(reason.to_owned()));
    if !offer.starts_with("v=0") {
        return malformed("it does not begin with v=0");
    }
    if offer.lines().filter(|line| line.starts_with("a=candidate:")).count() > MAX_CANDIDATES {
        return malformed("more than 64 candidates");
    }
    let sections: Vec<Section<'_>> = sections(offer).collect();
    if sections.is_empty() {
        return malformed("no m= line");
    }
    if sections.len() > MAX_SECTIONS {
        return malformed("more than 8 m= lines");
    }
    let codecs = || sections.iter().filter(|section| section.offers_sound()).flat_map(Section::codecs);
    let opus = codecs().find(|offered| offered.codec == Codec::Opus);
    let codec = opus.or_else(|| codecs().next()).ok_or(OfferFault::NoAudio)?.codec;
    for required in ["a=ice-ufrag:", "a=ice-pwd:", "a=fingerprint:"] {
        if !offer.lines().any(|line| line.starts_with(required)) {
            return Err(OfferFault::Malformed(format!("no {} line", &required[..required.len() - 1])));
        }
    }
    Ok(codec)
}

/// The codec that an answer settles on, and its payload type there.
pub(crate) fn agreed(answer: &str) -> Option<Agreed> {
    sections(answer).filter(Section::is_live_audio).find_map(|section| section.codecs().next())
}

/// Spells out the payload types that need no rtpmap line (RFC 3551 §6): the library below passes over what has none.
pub(crate) fn with_static_rtpmaps(offer: &str) -> String {
    let mut lines = String::with_capacity(offer.len());
    let mut missing = String::new();
    let mut sections = sections(offer);
    for line in offer.split_inclusive('\n') {
        if line.starts_with("m=") {
            lines.push_str(&missing);
            missing = sections.next().map(|section| section.missing_rtpmaps()).unwrap_or_default();
        }
        lines.push_str(line);
    }
    lines + &missing
}

/// Adds to each of the description's own addresses the public ones that stand for it outside of the NAT.
pub(crate) fn with_public_ips(description: &str, public_ips: &[IpAddr]) -> String {
    let mut lines = String::with_capacity(description.len());
    for line in description.split_inclusive('\n') {
        lines.push_str(line);
        for public in public_ips {
            if let Some(candidate) = replace_host(line, *public) {
                lines.push_str(&candidate);
            }
        }
    }
    lines
}

/// The candidate line with its address replaced, if it tells of a host address of the same family outside loopback.
fn replace_host(line: &str, public: IpAddr) -> Option<String> {
    let rest = line.strip_prefix("a=candidate:")?;
    let mut fields: Vec<&str> = rest.trim_end().split(' ').collect();
    let host: IpAddr = fields.get(4)?.parse().ok()?;
    if fields.get(6..8) != Some(&["typ", "host"]) || host.is_loopback() || host.is_ipv4() != public.is_ipv4() {
        return None;
    }
    // A foundation of its own (RFC 8445 §5.1.1.3), and less priority than the direct way.
    let foundation = format!("9{}", fields[0]);
    let priority = fields[3].parse::<u32>().ok()?.saturating_sub(1_000).to_string();
    let address = public.to_string();
    (fields[0], fields[3], fields[4]) = (&foundation, &priority, &address);
    Some(format!("a=candidate:{}\r\n", fields.join(" ")))
}

/// The candidates in a trickle fragment (`application/trickle-ice-sdpfrag`, RFC 8840), or in a single line with or
/// without its `a=`; without those over TCP, which is not spoken here.
pub(crate) fn fragment_candidates(fragment: &str) -> impl Iterator<Item = &str> {
    fragment
        .lines()
        .map(str::trim)
        .map(|line| line.strip_prefix("a=").unwrap_or(line))
        .filter(|line| line.starts_with("candidate:"))
        .filter(|line| line.split(' ').nth(2).is_some_and(|protocol| protocol.eq_ignore_ascii_case("udp")))
}

/// One m= line and what follows it.
struct Section<'a> {
    lines: Vec<&'a str>,
}

fn sections(description: &str) -> impl Iterator<Item = Section<'_>> {
    let mut sections: Vec<Section<'_>> = Vec::new();
    for line in description.lines().map(str::trim_end) {
        if line.starts_with("m=") {
            sections.push(Section { lines: Vec::new() });
        }
        if let Some(section) = sections.last_mut() {
            section.lines.push(line);
        }
    }
    sections.into_iter()
}

impl Section<'_> {
    fn is_live_audio(&self) -> bool {
        let mut fields = self.lines[0].split(' ');
        fields.next() == Some("m=audio") && fields.next().is_some_and(|port| port != "0")
    }

    /// True if the offering side would send sound.
    fn offers_sound(&self) -> bool {
        self.is_live_audio() && !self.lines.iter().any(|line| matches!(*line, "a=recvonly" | "a=inactive"))
    }

    /// The payload types of the m= line.
    fn formats(&self) -> impl Iterator<Item = u8> {
        self.lines[0].split(' ').skip(3).filter_map(|format| format.parse().ok()).filter(|format| *format < 128)
    }

    /// The codecs known here, in the order of the m= line.
    fn codecs(&self) -> impl Iterator<Item = Agreed> {
        self.formats().filter_map(|payload_type| {
            let is_it = |codec: &Codec| match self.rtpmap(payload_type) {
                Some(name) => codec.is_named(name),
                None => codec.static_payload_type() == Some(payload_type),
            };
            Codec::ALL.into_iter().find(is_it).map(|codec| Agreed { codec, payload_type })
        })
    }

    fn rtpmap(&self, payload_type: u8) -> Option<&str> {
        self.lines.iter().find_map(|line| {
            let (number, name) = line.strip_prefix("a=rtpmap:")?.split_once(' ')?;
            (number.parse() == Ok(payload_type)).then_some(name.trim())
        })
    }

    fn missing_rtpmaps(&self) -> String {
        let unnamed = self.codecs().filter(|agreed| self.rtpmap(agreed.payload_type).is_none());
        unnamed
            .map(|Agreed { codec, payload_type }| format!("a=rtpmap:{payload_type} {}\r\n", codec.rtpmap()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFER: &str = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=fingerprint:sha-256 00\r\n\
        m=audio 9 UDP/TLS/RTP/SAVPF 63 109\r\na=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuv\r\na=sendrecv\r\n\
        a=rtpmap:63 red/48000/2\r\na=rtpmap:109 opus/48000/2\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n";

    #[test]
    fn an_offer_with_sound_passes_and_one_without_does_not() {
        assert_eq!(check_offer(OFFER), Ok(Codec::Opus));
        assert_eq!(agreed(OFFER), Some(Agreed { codec: Codec::Opus, payload_type: 109 }));
        for (from, to) in
            [("m=audio 9", "m=audio 0"), ("sendrecv", "recvonly"), ("opus", "speex"), ("m=audio", "m=video")]
        {
            assert_eq!(check_offer(&OFFER.replace(from, to)), Err(OfferFault::NoAudio), "{to}");
        }
    }

    #[test]
    fn opus_is_preferred_and_the_telephone_is_understood() {
        let offering = |formats: &str, rtpmaps: &str| {
            let lines = OFFER.lines().filter(|line| !line.starts_with("a=rtpmap"));
            let lines = lines.map(|line| {
                if line.starts_with("m=audio") { format!("m=audio 9 RTP/SAVPF {formats}") } else { line.to_owned() }
            });
            lines
                .flat_map(|line| [line, "\r\n".to_owned()])
                .collect::<String>()
                .replace("a=sendrecv\r\n", &format!("a=sendrecv\r\n{rtpmaps}"))
        };
        let named = "a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 pcma/8000/1\r\na=rtpmap:96 opus/48000/2\r\n";
        assert_eq!(check_offer(&offering("0 8 96", named)), Ok(Codec::Opus));
        assert_eq!(check_offer(&offering("0 8", named)), Ok(Codec::Pcmu));
        assert_eq!(check_offer(&offering("8 0", named)), Ok(Codec::Pcma), "the caller's order counts");
        assert_eq!(check_offer(&offering("9 13 101", named)), Err(OfferFault::NoAudio));
        assert_eq!(check_offer(&offering("999 x 8", "")), Ok(Codec::Pcma), "a number of the standard needs no name");
        assert_eq!(agreed(&offering("8", "")), Some(Agreed { codec: Codec::Pcma, payload_type: 8 }));
        assert_eq!(agreed(&offering("8", "a=rtpmap:8 G729/8000\r\n")), None);
        let spelt = with_static_rtpmaps(&offering("13 0 8", "a=rtpmap:8 PCMA/8000\r\n"));
        assert!(spelt.contains("a=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\nm=application"), "{spelt}");
        assert_eq!(with_static_rtpmaps(OFFER), OFFER);
    }

    #[test]
    fn what_is_no_offer_is_refused_with_the_reason() {
        let reason = |offer: &str| match check_offer(offer) {
            Err(OfferFault::Malformed(reason)) => reason,
            other => panic!("{other:?}"),
        };
        assert_eq!(reason(""), "it does not begin with v=0");
        assert_eq!(reason("v=0\r\ns=-\r\n"), "no m= line");
        assert_eq!(reason(&OFFER.replace("a=ice-pwd", "a=x")), "no a=ice-pwd line");
        assert_eq!(reason(&(OFFER.to_owned() + &"m=audio 9 x 1\r\n".repeat(9))), "more than 8 m= lines");
        assert_eq!(reason(&(OFFER.to_owned() + &"a=candidate:1\r\n".repeat(65))), "more than 64 candidates");
    }

    #[test]
    fn public_addresses_are_offered_besides_the_own() {
        let own = "a=candidate:1 1 udp 2130706431 10.0.0.5 40000 typ host\r\na=candidate:2 1 udp 2130706431 127.0.0.1 \
                   40000 typ host\r\na=end-of-candidates\r\n";
        let both = with_public_ips(own, &["203.0.113.7".parse().unwrap()]);
        assert!(both.starts_with(own.lines().next().unwrap()));
        assert!(both.contains("a=candidate:91 1 udp 2130705431 203.0.113.7 40000 typ host\r\n"), "{both}");
        assert_eq!(both.lines().count(), 4);
        assert_eq!(with_public_ips(own, &["2001:db8::1".parse().unwrap()]), own);
    }

    #[test]
    fn candidates_are_found_in_a_fragment_and_in_a_line() {
        let fragment = "a=ice-ufrag:x\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\na=candidate:1 1 UDP 1 192.0.2.1 5000 typ host\r\n\
            a=candidate:2 1 tcp 1 192.0.2.1 9 typ host tcptype active\r\na=end-of-candidates\r\n";
        let found: Vec<_> = fragment_candidates(fragment).collect();
        assert_eq!(found, ["candidate:1 1 UDP 1 192.0.2.1 5000 typ host"]);
        assert_eq!(fragment_candidates("candidate:1 1 udp 1 192.0.2.1 5000 typ host").count(), 1);
        assert_eq!(fragment_candidates("").count(), 0);
    }
}
