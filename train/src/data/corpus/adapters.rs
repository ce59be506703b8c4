//! How the common corpora name their files.

use std::path::Path;

use super::names::{Named, RAVDESS};
use super::{Gender, Intensity, Tag};

/// Women of EMO-DB, as its documentation lists the speakers.
const EMO_DB_WOMEN: [&str; 5] = ["08", "09", "13", "14", "16"];

impl Named {
    fn new(label: &'static str, speaker: &str) -> Named {
        Named {
            label,
            speaker: speaker.into(),
            gender: None,
            intensity: None,
            statement: None,
            repetition: None,
        }
    }
}

/// The label of a code, in any case (some tools rename files), where `codes` are words such as `ANG=angry`.
fn label(codes: &'static str, code: &str) -> Option<&'static str> {
    let mut codes = codes.split_whitespace().filter_map(|it| it.split_once('='));
    codes.find_map(|(known, label)| known.eq_ignore_ascii_case(code).then_some(label))
}

/// Digits alone.
fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Modality-channel-emotion-intensity-statement-repetition-actor.
pub fn ravdess(stem: &str, wanted: u32, emotions: usize) -> Option<Named> {
    let fields: Vec<u32> = stem
        .split('-')
        .map(|field| field.parse().ok())
        .collect::<Option<_>>()?;
    // Modality 03 is audio alone, vocal channel 01 is speech, 02 is song.
    let [3, channel, emotion, intensity, statement, repetition, actor] = fields[..] else {
        return None;
    };
    let emotion = (emotion as usize).checked_sub(1)?;
    if channel != wanted || emotion >= emotions {
        return None;
    }
    Some(Named {
        label: RAVDESS[emotion],
        speaker: Tag::Number(actor),
        gender: Some(match actor.is_multiple_of(2) {
            true => Gender::Female,
            false => Gender::Male,
        }),
        intensity: Some(match intensity {
            1 => Intensity::Normal,
            2 => Intensity::Strong,
            _ => return None,
        }),
        statement: Some(Tag::Number(statement)),
        repetition: Some(repetition),
    })
}

/// Actor_sentence_emotion_level.
pub fn crema_d(stem: &str) -> Option<Named> {
    const CODES: &str = "ANG=angry DIS=disgust FEA=fearful HAP=happy NEU=neutral SAD=sad";
    let fields: Vec<&str> = stem.split('_').collect();
    let [actor, sentence, emotion, level] = fields[..] else {
        return None;
    };
    if actor.len() != 4 || !is_digits(actor) {
        return None;
    }
    Some(Named {
        intensity: match level.to_ascii_uppercase().as_str() {
            "LO" => Some(Intensity::Low),
            "MD" => Some(Intensity::Medium),
            "HI" => Some(Intensity::High),
            // One file ends in a single X.
            "XX" | "X" => None,
            _ => return None,
        },
        statement: Some(sentence.to_ascii_uppercase().as_str().into()),
        ..Named::new(label(CODES, emotion)?, actor)
    })
}

/// Actress_word_emotion.
pub fn tess(stem: &str) -> Option<Named> {
    // "ps" is "pleasant surprise".
    const CODES: &str = "angry=angry disgust=disgust fear=fearful happy=happy \
        neutral=neutral ps=surprised sad=sad";
    let fields: Vec<&str> = stem.split('_').collect();
    let [actress, word, emotion] = fields[..] else {
        return None;
    };
    let actress = match actress.to_ascii_uppercase().as_str() {
        // One file lacks the last letter.
        "OAF" | "OA" => "OAF",
        "YAF" => "YAF",
        _ => return None,
    };
    Some(Named {
        gender: Some(Gender::Female),
        statement: Some(word.to_ascii_lowercase().as_str().into()),
        ..Named::new(label(CODES, emotion)?, actress)
    })
}

/// Speaker, text, emotion by its German initial, version: 2, 3, 1 and 1 letters.
pub fn emo_db(stem: &str) -> Option<Named> {
    const CODES: &str = "W=angry L=boredom E=disgust A=fearful F=happy T=sad N=neutral";
    if stem.len() != 7 || !stem.is_ascii() {
        return None;
    }
    let stem = stem.to_ascii_lowercase();
    let (speaker, text, emotion, version) = (&stem[..2], &stem[2..5], &stem[5..6], &stem[6..]);
    if !is_digits(speaker) || !text.starts_with(['a', 'b']) || !is_digits(&text[1..]) {
        return None;
    }
    let version = version.bytes().next().filter(u8::is_ascii_lowercase)?;
    Some(Named {
        gender: Some(match EMO_DB_WOMEN.contains(&speaker) {
            true => Gender::Female,
            false => Gender::Male,
        }),
        statement: Some(text.into()),
        repetition: Some(u32::from(version - b'a') + 1),
        ..Named::new(label(CODES, emotion)?, speaker)
    })
}

/// Speaker_emotion and number; the speaker may be the folder instead. A number is another sentence
/// with each emotion, so it names no statement.
pub fn savee(path: &Path, stem: &str) -> Option<Named> {
    const CODES: &str = "a=angry d=disgust f=fearful h=happy n=neutral sa=sad su=surprised";
    let folder = || path.parent()?.file_name()?.to_str();
    let (speaker, clip) = match stem.split_once('_') {
        Some(parts) => parts,
        None => (folder()?, stem),
    };
    let digits = clip.find(|letter: char| letter.is_ascii_digit())?;
    let (emotion, number) = clip.split_at(digits);
    let mut known = ["DC", "JE", "JK", "KL"].into_iter();
    let speaker = known.find(|known| known.eq_ignore_ascii_case(speaker))?;
    let is_clip = number.len() == 2 && number.parse::<u32>().is_ok();
    is_clip.then_some(())?;
    Some(Named {
        gender: Some(Gender::Male),
        ..Named::new(label(CODES, emotion)?, speaker)
    })
}

/// Speaker_emotion_sentence.
pub fn nemo(stem: &str) -> Option<Named> {
    const CODES: &str = "anger=angry fear=fearful happiness=happy neutral=neutral \
        sadness=sad surprised=surprised";
    let fields: Vec<&str> = stem.split('_').collect();
    let [speaker, emotion, sentence] = fields[..] else {
        return None;
    };
    let is_clip = !speaker.is_empty() && sentence.parse::<u32>().is_ok();
    is_clip.then_some(())?;
    Some(Named {
        statement: Some(sentence.into()),
        ..Named::new(label(CODES, emotion)?, &speaker.to_ascii_uppercase())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::corpus::Names;

    fn parse(names: Names, path: &str) -> Named {
        names.parse(Path::new(path)).unwrap()
    }

    #[test]
    fn names_of_ravdess_carry_all_that_is_known_of_a_clip() {
        let clip = parse(Names::Ravdess, "a/03-01-05-02-01-03-14.wav");
        assert_eq!((clip.speaker, clip.label), (Tag::Number(14), "angry"));
        assert_eq!(clip.intensity, Some(Intensity::Strong));
        assert_eq!(clip.statement, Some(Tag::Number(1)));
        assert_eq!(clip.repetition, Some(3));
        assert_eq!(clip.gender, Some(Gender::Female));
        let clip = parse(Names::Ravdess, "03-01-01-01-02-01-03.WAV");
        assert_eq!(clip.intensity, Some(Intensity::Normal));
        assert_eq!(clip.gender, Some(Gender::Male));
        let song = parse(Names::RavdessSong, "03-02-06-01-02-01-03.wav");
        assert_eq!((song.label, song.speaker), ("fearful", Tag::Number(3)));
    }

    #[test]
    fn other_corpora_say_what_they_can() {
        let clip = parse(Names::CremaD, "AudioWAV/1001_IEO_FEA_HI.wav");
        assert_eq!((clip.label, clip.speaker), ("fearful", Tag::Number(1001)));
        assert_eq!(clip.statement, Some("IEO".into()));
        assert_eq!((clip.intensity, clip.gender), (Some(Intensity::High), None));
        let clip = parse(Names::CremaD, "1040_ITH_SAD_X.wav");
        assert_eq!((clip.label, clip.intensity), ("sad", None));

        let clip = parse(Names::Tess, "YAF_pleasant_surprised/YAF_dog_ps.wav");
        assert_eq!((clip.label, clip.speaker), ("surprised", "YAF".into()));
        assert_eq!(clip.gender, Some(Gender::Female));
        assert_eq!(
            parse(Names::Tess, "OA_bite_neutral.wav").speaker,
            "OAF".into()
        );

        let clip = parse(Names::EmoDb, "wav/16b10Lb.wav");
        assert_eq!((clip.label, clip.speaker), ("boredom", Tag::Number(16)));
        assert_eq!(clip.statement, Some("b10".into()));
        assert_eq!(
            (clip.gender, clip.repetition),
            (Some(Gender::Female), Some(2))
        );
        assert_eq!(
            parse(Names::EmoDb, "03a01Wa.wav").gender,
            Some(Gender::Male)
        );

        for name in ["DC_su07.wav", "AudioData/DC/su07.wav"] {
            let clip = parse(Names::Savee, name);
            assert_eq!((clip.label, clip.speaker), ("surprised", "DC".into()));
        }
        let clip = parse(Names::Nemo, "samples/JAN_happiness_07.wav");
        assert_eq!((clip.label, clip.speaker), ("happy", "JAN".into()));
        assert_eq!(clip.statement, Some(Tag::Number(7)));
    }

    #[test]
    fn names_in_another_case_say_the_same() {
        for names in Names::ALL {
            let example = names.example();
            for other in [example.to_lowercase(), example.to_uppercase()] {
                assert_eq!(parse(names, &other), parse(names, example), "{other}");
            }
        }
        for names in ["audiodata/dc/SU07.wav", "AUDIODATA/DC/su07.WAV"] {
            assert_eq!(parse(Names::Savee, names).speaker, "DC".into());
        }
    }

    #[test]
    fn an_example_is_of_its_own_corpus_alone() {
        for names in Names::ALL {
            let path = Path::new(names.example());
            let of: Vec<Names> = Names::ALL
                .into_iter()
                .filter(|names| names.parse(path).is_some())
                .collect();
            assert_eq!(of, [names]);
            let label = names.parse(path).unwrap().label;
            assert!(names.labels().contains(&label), "{label}");
        }
    }

    #[test]
    fn other_files_are_no_clips() {
        for name in [
            "01-01-05-02-01-01-14.wav", // video
            "03-01-00-02-01-01-14.wav",
            "03-01-09-02-01-01-14.wav",
            "03-02-07-02-01-01-14.wav", // no song is sung in disgust
            "03-01-05-03-01-01-14.wav", // an intensity that there is not
            "03-01-05-02-01-01.wav",
            "._03-01-05-02-01-01-14.wav",
            "101_DFA_ANG_XX.wav",
            "1001_DFA_BAD_XX.wav",
            "1001_DFA_ANG_UP.wav",
            "OAF_back_bored.wav",
            "XAF_back_angry.wav",
            "03c01Wa.wav",
            "03a01Xa.wav",
            "03a01W1.wav",
            "äää1.wav",
            "a01.wav",
            "XX_a01.wav",
            "DC_x01.wav",
            "DC_a001.wav",
            "JAN_anger_x.wav",
            "_anger_01.wav",
            "notes.wav",
        ] {
            for names in Names::ALL {
                assert_eq!(names.parse(Path::new(name)), None, "{name}");
            }
        }
    }
}
