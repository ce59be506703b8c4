//! Telephone codecs, by ffmpeg where it is installed.

use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use anyhow::{Context, Result, bail};
use emotionai_voice::Waveform;

/// Rate of a telephone line, in Hz.
pub const PHONE_RATE: u32 = 8_000;

/// A speech codec at the bit rate of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    /// Opus (RFC 6716), narrow band at 12 kbit/s: calls over the internet.
    Opus,
    /// AMR narrow band (3GPP TS 26.071) at 12.2 kbit/s: mobile calls.
    Amr,
    /// GSM full rate (ETSI EN 300 961) at 13 kbit/s: mobile calls of old.
    Gsm,
}

impl Codec {
    /// ffmpeg's encoder, its options and its container.
    fn ffmpeg(self) -> (&'static str, &'static [&'static str], &'static str) {
        match self {
            Codec::Opus => ("libopus", &["-b:a", "12k", "-application", "voip"], "ogg"),
            Codec::Amr => ("libopencore_amrnb", &["-b:a", "12.2k"], "amr"),
            Codec::Gsm => ("libgsm", &["-b:a", "13k"], "gsm"),
        }
    }

    /// Why this codec cannot be used here, if so.
    pub fn missing(self) -> Option<String> {
        static ENCODERS: OnceLock<Option<String>> = OnceLock::new();
        let encoders = ENCODERS.get_or_init(|| {
            let mut command = Command::new("ffmpeg");
            let output = command.args(["-hide_banner", "-encoders"]).output().ok()?;
            Some(String::from_utf8_lossy(&output.stdout).into_owned())
        });
        let (encoder, ..) = self.ffmpeg();
        match encoders {
            None => Some("ffmpeg is not installed".into()),
            Some(list) if !list.split_whitespace().any(|word| word == encoder) => Some(format!(
                "ffmpeg has no encoder {encoder} (Debian's is in libavcodec-extra)"
            )),
            Some(_) => None,
        }
    }

    /// Samples at [`PHONE_RATE`], encoded and decoded again: as long as they were, at whichever
    /// rate the decoder gives.
    pub fn transmit(self, samples: &[f32]) -> Result<Waveform> {
        let (encoder, options, container) = self.ffmpeg();
        let raw: Vec<u8> = samples.iter().flat_map(|s| s.to_le_bytes()).collect();
        let rate = PHONE_RATE.to_string();
        let mut encode = vec!["-f", "f32le", "-ar", &rate, "-ac", "1", "-i", "pipe:0"];
        encode.extend(["-c:a", encoder]);
        encode.extend(options);
        encode.extend(["-f", container, "pipe:1"]);
        let coded = ffmpeg(&encode, &raw)?;
        // The codec's own library decodes, too: ffmpeg's decoder of Opus garbles pure tones.
        let mut decode = vec!["-f", container, "-c:a", encoder, "-i", "pipe:0"];
        decode.extend(["-c:a", "pcm_f32le", "-f", "wav", "pipe:1"]);
        let decoded = Waveform::from_wav(&ffmpeg(&decode, &coded)?)?;
        // Codecs work in whole frames, so the end may be padded.
        let length = samples.len() * decoded.sample_rate() as usize / PHONE_RATE as usize;
        let mut samples = decoded.samples().to_vec();
        samples.resize(length, 0.0);
        Ok(Waveform::from_mono(samples, decoded.sample_rate())?)
    }
}

/// Runs ffmpeg with `input` on its standard input, and gives what it wrote.
fn ffmpeg(arguments: &[&str], input: &[u8]) -> Result<Vec<u8>> {
    let mut child = Command::new("ffmpeg")
        .args(["-hide_banner", "-loglevel", "error", "-threads", "1"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("cannot run ffmpeg")?;
    let stdin = child.stdin.take();
    let output = std::thread::scope(|scope| {
        // Both ends at once, or both could wait for each other with full pipes. Where ffmpeg
        // ends early, its status says so better than the broken pipe.
        scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(input)));
        child.wait_with_output()
    })
    .context("cannot run ffmpeg")?;
    if !output.status.success() {
        bail!(
            "ffmpeg {} failed: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(output.stdout)
}

#[cfg(test)]
mod tests {
    use super::super::mixing::power;
    use super::super::resample;
    use super::*;

    /// Bursts of a tone that sweeps, so that a delay has one position where it fits.
    fn sweep() -> Vec<f32> {
        (0..16_000)
            .map(|i| {
                let time = i as f32 / PHONE_RATE as f32;
                let burst = (time * 9.0).sin().max(0.0);
                0.3 * burst * (std::f32::consts::TAU * (400.0 + 500.0 * time) * time).sin()
            })
            .collect()
    }

    #[test]
    #[ignore = "needs ffmpeg with libopus, libopencore_amrnb and libgsm"]
    fn codecs_keep_the_length_the_sound_and_the_time() {
        for codec in [Codec::Opus, Codec::Amr, Codec::Gsm] {
            assert_eq!(codec.missing(), None);
            let sent = sweep();
            let decoded = codec.transmit(&sent).unwrap();
            assert_eq!(decoded.duration_ms(), 2_000.0, "{codec:?}");
            let got = resample(decoded.samples(), decoded.sample_rate(), PHONE_RATE).unwrap();
            let likeness = |delay: usize| -> f64 {
                let products = got[delay..].iter().zip(&sent);
                let dot: f64 = products.map(|(a, b)| f64::from(a * b)).sum();
                dot / (16_000.0 * (power(&got) * power(&sent)).sqrt())
            };
            let best = (0..400).max_by(|&a, &b| likeness(a).total_cmp(&likeness(b)));
            let best = best.unwrap();
            assert!(likeness(best) > 0.7, "{codec:?}: {}", likeness(best));
            assert!(best <= 80, "{codec:?} is late by {best} samples");
            assert_ne!(got, sent, "{codec:?}");
        }
    }

    #[test]
    #[ignore = "needs ffmpeg"]
    fn the_message_of_ffmpeg_is_reported() {
        let error = ffmpeg(
            &["-f", "wav", "-i", "pipe:0", "-f", "wav", "pipe:1"],
            b"no wav",
        );
        assert!(error.unwrap_err().to_string().contains("failed: "));
    }
}
