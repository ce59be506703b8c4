//! Music: songs drawn at random, from one flute to a whole band.

mod instrument;

use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use super::{log_uniform, mix_in, to_peak};
use instrument::{Drum, Timbre};

/// A style of music. Tempo, key, mode, chords, melody, rhythm and the instruments' tone are drawn anew
/// for each song.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Drums, bass, chords and a melody.
    Band,
    /// Piano alone: melody over held or broken chords.
    Piano,
    /// One flute-like voice with vibrato and breath.
    Flute,
    /// Bowed strings: a melody with vibrato and slides over long chords.
    Strings,
    /// Pads or an organ that hold chords for bars.
    Pad,
    /// A plucked guitar: strummed or picked.
    Guitar,
    /// A synthesiser: arpeggios and chords of saw-teeth, squares, sines or bent sines, some with
    /// bass, lead or drums.
    Synth,
    /// Bells or a music box.
    Bells,
    /// Drums alone, or with a bass.
    Drums,
    /// Equal notes that leap, on any one instrument: practice, ring tones, games; some with chords
    /// or drums.
    Tune,
}

impl Style {
    /// All styles.
    pub const ALL: [Style; 10] = [
        Style::Band,
        Style::Piano,
        Style::Flute,
        Style::Strings,
        Style::Pad,
        Style::Guitar,
        Style::Synth,
        Style::Bells,
        Style::Drums,
        Style::Tune,
    ];
}

/// A song of any style.
pub fn music(rng: &mut StdRng, sample_rate: u32, len: usize) -> Vec<f32> {
    let style = Style::ALL[rng.random_range(0..Style::ALL.len())];
    song(style, rng, sample_rate, len)
}

/// A song of one style.
pub fn song(style: Style, rng: &mut StdRng, sample_rate: u32, len: usize) -> Vec<f32> {
    use Timbre::{Bass, Bell, Bowed, Flute, Fm, Organ, Pad, Piano, Pluck, Saw, Sine, Square};
    let mut score = Score::new(rng, sample_rate, len);
    match style {
        Style::Band => {
            let chords = [Piano, Pluck, Organ, Pad, Saw, Square, Sine, Fm];
            let lead = [Piano, Flute, Bowed, Saw, Bell, Pluck, Square, Sine, Fm];
            score.drums(rng, 0.8);
            score.bass(rng, 0.6);
            let timbre = *chords.choose(rng).unwrap_or(&Piano);
            score.chords(rng, timbre, 0.3);
            if rng.random_bool(0.8) {
                let timbre = *lead.choose(rng).unwrap_or(&Flute);
                score.melody(rng, timbre, 0.5);
            }
        }
        Style::Piano => {
            score.chords(rng, Piano, 0.4);
            score.melody(rng, Piano, 0.6);
        }
        Style::Flute => score.melody(rng, Flute, 1.0),
        Style::Strings => {
            score.melody(rng, Bowed, 0.6);
            if rng.random_bool(0.7) {
                score.held(rng, Bowed, 0.2);
            }
        }
        Style::Pad => {
            let timbre = *[Pad, Organ].choose(rng).unwrap_or(&Pad);
            score.held(rng, timbre, 1.0);
        }
        Style::Guitar => {
            score.chords(rng, Pluck, 0.5);
            if rng.random_bool(0.4) {
                score.melody(rng, Pluck, 0.5);
            }
        }
        Style::Synth => {
            let timbres = [Saw, Bass, Square, Sine, Fm];
            let [first, second] = [0; 2].map(|_| *timbres.choose(rng).unwrap_or(&Saw));
            match rng.random_range(0..3) {
                0 => score.arpeggio(rng, first, 0.6),
                1 => score.chords(rng, first, 0.4),
                _ => score.melody(rng, first, 0.6),
            }
            if rng.random_bool(0.4) {
                score.bass(rng, 0.5);
            }
            if rng.random_bool(0.3) {
                score.melody(rng, second, 0.4);
            }
            if rng.random_bool(0.3) {
                score.drums(rng, 0.6);
            }
        }
        Style::Bells => score.melody(rng, Bell, 1.0),
        Style::Tune => {
            let timbres = [
                Piano, Pluck, Pluck, Flute, Bell, Saw, Square, Square, Sine, Fm, Fm,
            ];
            let [first, second] = [0; 2].map(|_| *timbres.choose(rng).unwrap_or(&Fm));
            score.leaps(rng, first, 0.6);
            if rng.random_bool(0.3) {
                score.chords(rng, second, 0.3);
            }
            if rng.random_bool(0.3) {
                score.drums(rng, 0.6);
            }
        }
        Style::Drums => {
            score.drums(rng, 1.0);
            if rng.random_bool(0.4) {
                score.bass(rng, 0.5);
            }
        }
    }
    score.finish(rng)
}

const MAJOR: [i32; 7] = [0, 2, 4, 5, 7, 9, 11];
const MINOR: [i32; 7] = [0, 2, 3, 5, 7, 8, 10];
/// Degrees of the scale that chords stand on, a bar each.
const PROGRESSIONS: [[i32; 4]; 6] = [
    [0, 4, 5, 3],
    [0, 3, 4, 0],
    [0, 5, 3, 4],
    [5, 3, 0, 4],
    [0, 6, 5, 4],
    [1, 4, 0, 0],
];

/// A song as it is written and played at once: layers are mixed into `out`.
struct Score {
    rate: u32,
    out: Vec<f32>,
    /// Seconds in a beat, four of which make a bar.
    beat: f32,
    scale: [i32; 7],
    /// Semitones of the tonic above MIDI note 0.
    tonic: i32,
    chords: [i32; 4],
}

impl Score {
    fn new(rng: &mut StdRng, rate: u32, len: usize) -> Score {
        Score {
            rate,
            out: vec![0.0; len],
            beat: 60.0 / log_uniform(rng, 55.0, 180.0),
            scale: if rng.random_bool(0.5) { MAJOR } else { MINOR },
            tonic: rng.random_range(43..55),
            chords: PROGRESSIONS[rng.random_range(0..PROGRESSIONS.len())],
        }
    }

    fn beats(&self) -> usize {
        (self.out.len() as f32 / self.rate as f32 / self.beat).ceil() as usize
    }

    /// Frequency of a degree of the scale, which may lie octaves away.
    fn hz(&self, degree: i32) -> f32 {
        let note =
            self.tonic + 12 * degree.div_euclid(7) + self.scale[degree.rem_euclid(7) as usize];
        440.0 * 2f32.powf((note - 69) as f32 / 12.0)
    }

    fn chord_at(&self, beat: f32) -> i32 {
        self.chords[(beat / 4.0) as usize % 4]
    }

    fn play(
        &mut self,
        rng: &mut StdRng,
        timbre: Timbre,
        degree: i32,
        at: f32,
        beats: f32,
        gain: f32,
    ) {
        let sound = timbre.note(rng, self.rate, self.hz(degree), beats * self.beat);
        self.mix(&sound, at, gain);
    }

    fn mix(&mut self, sound: &[f32], beat: f32, gain: f32) {
        let at = (beat * self.beat * self.rate as f32) as usize;
        mix_in(&mut self.out, at, sound, gain);
    }

    fn chords(&mut self, rng: &mut StdRng, timbre: Timbre, gain: f32) {
        match rng.random_range(0..3) {
            0 => self.held(rng, timbre, gain),
            1 => self.arpeggio(rng, timbre, gain),
            _ => self.strummed(rng, timbre, gain),
        }
    }

    /// Chords that last a bar, or half of one.
    fn held(&mut self, rng: &mut StdRng, timbre: Timbre, gain: f32) {
        let length = if rng.random_bool(0.6) { 4 } else { 2 };
        for beat in (0..self.beats()).step_by(length) {
            let root = self.chord_at(beat as f32);
            for note in [0, 2, 4, 7] {
                self.play(rng, timbre, root + note, beat as f32, length as f32, gain);
            }
        }
    }

    /// Chords in a rhythm, their strings one after the other.
    fn strummed(&mut self, rng: &mut StdRng, timbre: Timbre, gain: f32) {
        let rhythm: Vec<bool> = (0..8).map(|i| i == 0 || rng.random_bool(0.6)).collect();
        for half in (0..2 * self.beats()).filter(|half| rhythm[half % 8]) {
            let beat = half as f32 / 2.0;
            let root = self.chord_at(beat);
            for (string, note) in [0, 2, 4, 7].into_iter().enumerate() {
                let at = beat + 0.012 * string as f32 / self.beat;
                self.play(rng, timbre, root + note, at, 0.6, gain);
            }
        }
    }

    /// Chords note by note, two to four in a beat.
    fn arpeggio(&mut self, rng: &mut StdRng, timbre: Timbre, gain: f32) {
        let per_beat = rng.random_range(2..=4);
        let pattern: Vec<i32> = (0..8)
            .map(|_| [0, 2, 4, 7, 9][rng.random_range(0..5)])
            .collect();
        for step in 0..per_beat * self.beats() {
            let beat = step as f32 / per_beat as f32;
            let degree = self.chord_at(beat) + pattern[step % 8];
            self.play(rng, timbre, degree, beat, 1.2 / per_beat as f32, gain);
        }
    }

    /// A walk over the scale, an octave or two above the chords, with rests.
    fn melody(&mut self, rng: &mut StdRng, timbre: Timbre, gain: f32) {
        let centre = rng.random_range(5..14);
        let calm = rng.random_bool(0.4);
        let (mut degree, mut beat, end) = (centre, 0.0, self.beats() as f32);
        while beat < end {
            let length = [0.25, 0.5, 0.5, 1.0, 1.0, 1.5, 2.0, 4.0][rng.random_range(0..8)];
            let length = if calm { 2.0 * length } else { length };
            if rng.random_bool(0.88) {
                let velocity = rng.random_range(0.6..1.0);
                self.play(rng, timbre, degree, beat, 0.95 * length, gain * velocity);
            }
            degree += [-4, -2, -1, -1, 1, 1, 2, 3][rng.random_range(0..8)];
            degree += (centre - degree) / 4;
            beat += length;
        }
    }

    /// Notes of one length, each anywhere in two octaves or up and down a broken chord.
    fn leaps(&mut self, rng: &mut StdRng, timbre: Timbre, gain: f32) {
        let step = log_uniform(rng, 0.08, 0.7) / self.beat;
        let lowest = rng.random_range(-5..8);
        let broken = rng.random_bool(0.4);
        let length = *[0.5, 0.98, 1.0, 1.5].choose(rng).unwrap_or(&1.0);
        let (mut beat, mut number) = (0.0, 0);
        while beat < self.beats() as f32 {
            let degree = if broken {
                self.chord_at(beat) + [0, 2, 4, 7, 4, 2][number % 6]
            } else {
                rng.random_range(0..15)
            };
            self.play(rng, timbre, lowest + degree, beat, length * step, gain);
            beat += step;
            number += 1;
        }
    }

    fn bass(&mut self, rng: &mut StdRng, gain: f32) {
        let rhythm: Vec<bool> = (0..8).map(|i| i == 0 || rng.random_bool(0.4)).collect();
        for half in (0..2 * self.beats()).filter(|half| rhythm[half % 8]) {
            let beat = half as f32 / 2.0;
            let degree = self.chord_at(beat) - if rng.random_bool(0.2) { 3 } else { 7 };
            self.play(rng, Timbre::Bass, degree, beat, 0.5, gain);
        }
    }

    /// A bar's pattern again and again, with a fill now and then.
    fn drums(&mut self, rng: &mut StdRng, gain: f32) {
        let kit =
            [Drum::Kick, Drum::Snare, Drum::Hat, Drum::Tom].map(|drum| drum.hit(rng, self.rate));
        let steps = 16;
        // A straight beat, or one with ghost notes and kicks between.
        let busy = rng.random_range(0.0..0.4);
        let kick: Vec<bool> = (0..steps)
            .map(|i| i == 0 || i == 8 || rng.random_bool(busy))
            .collect();
        let snare: Vec<bool> = (0..steps)
            .map(|i| i % 8 == 4 || rng.random_bool(0.5 * busy))
            .collect();
        let fills = rng.random_bool(0.5);
        let levels = [
            1.0,
            rng.random_range(0.4..1.0),
            rng.random_range(0.1..0.6),
            0.7,
        ];
        let hat_every = [1, 2, 4][rng.random_range(0..3)];
        for step in 0..4 * self.beats() {
            let (beat, at) = (step as f32 / 4.0, step % steps);
            let fill = fills && step / steps % 4 == 3 && at >= 12;
            let hits = [kick[at], snare[at], at % hat_every == 0, fill];
            for (hit, (sound, level)) in hits.into_iter().zip(kit.iter().zip(levels)) {
                if hit {
                    let velocity = rng.random_range(0.7..1.0);
                    self.mix(sound, beat, gain * level * velocity);
                }
            }
        }
    }

    /// The song, some of them in a hall: four combs that feed back (Schroeder 1962).
    fn finish(self, rng: &mut StdRng) -> Vec<f32> {
        let mut out = self.out;
        if rng.random_bool(0.5) {
            let wet = log_uniform(rng, 0.05, 0.5);
            let dry = out.clone();
            for seconds in [0.0297, 0.0371, 0.0411, 0.0437] {
                let delay = (seconds * self.rate as f32) as usize;
                let mut tail = dry.clone();
                for i in delay..tail.len() {
                    tail[i] += 0.78 * tail[i - delay];
                }
                mix_in(&mut out, delay, &tail, 0.25 * wet);
            }
        }
        to_peak(out)
    }
}
