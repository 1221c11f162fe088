//! How loud the caller usually is: a voice far below it is somebody else's, or Ermu's own out of a loudspeaker.

use super::Faint;
use crate::{TurnConfig, VoiceLevel};

/// Weight of the newest turn in the caller's usual level.
const NEWEST: f32 = 0.3;

/// What is known of the caller's level.
#[derive(Debug, Clone, Default)]
pub(crate) struct Loudness {
    /// Mean of the loudest moments of the turns so far.
    usual_dbfs: Option<f32>,
}

impl Loudness {
    /// Whether a voice is so much quieter than the caller's that it probably is not the caller's. Never certain: it only
    /// decides who has the floor until the words come.
    pub(crate) fn faint(&self, level: VoiceLevel, config: &TurnConfig) -> Faint {
        let faint = match self.usual_dbfs {
            Some(usual) => level.loudest_dbfs < usual - config.faint_db as f32,
            // Nothing is known of the caller yet; an echo is known to be quieter than what it repeats.
            None => level.loudest_dbfs < level.own_dbfs - config.echo_db as f32,
        };
        if faint { Faint::Yes } else { Faint::No }
    }

    /// Takes the level of a turn that was certainly the caller's.
    pub(crate) fn learn(&mut self, level: VoiceLevel) {
        let usual = self.usual_dbfs.get_or_insert(level.loudest_dbfs);
        *usual += NEWEST * (level.loudest_dbfs - *usual);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(loudest_dbfs: f32, own_dbfs: f32) -> VoiceLevel {
        VoiceLevel { loudest_dbfs, own_dbfs }
    }

    #[test]
    fn an_unknown_caller_is_compared_with_what_ermu_plays() {
        let (loudness, config) = (Loudness::default(), TurnConfig::default());
        assert_eq!(loudness.faint(at(-40.0, -18.0), &config), Faint::Yes, "an echo");
        assert_eq!(loudness.faint(at(-30.0, -18.0), &config), Faint::No, "a quiet caller");
        assert_eq!(loudness.faint(at(-50.0, -120.0), &config), Faint::No, "a very quiet one, while Ermu is silent");
    }

    #[test]
    fn a_known_caller_is_compared_with_the_turns_so_far() {
        let (mut loudness, config) = (Loudness::default(), TurnConfig::default());
        loudness.learn(at(-35.0, -120.0));
        assert_eq!(loudness.faint(at(-40.0, -18.0), &config), Faint::No, "as quiet as ever");
        (0..20).for_each(|_| loudness.learn(at(-15.0, -120.0)));
        assert_eq!(loudness.faint(at(-40.0, -120.0), &config), Faint::Yes);
        assert_eq!(loudness.faint(at(-20.0, -120.0), &config), Faint::No);
    }
}
