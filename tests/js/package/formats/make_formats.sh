#!/bin/sh
# Writes the synthetic voice in the formats that browsers play, for the tests of decoding. Needs ffmpeg.
set -eu
cd "$(dirname "$0")"
voice=../../../data/voice.wav

# Without metadata and encoder stamps, so that the same ffmpeg writes the same bytes.
encode() {
  out=$1
  shift
  ffmpeg -y -loglevel error -i "$voice" "$@" -map_metadata -1 -fflags +bitexact -flags:a +bitexact "$out"
}
# A black picture of the same length.
video() {
  out=$1
  shift
  ffmpeg -y -loglevel error -f lavfi -i color=black:size=32x32:rate=2:duration=3.4 -i "$voice" "$@" \
    -map_metadata -1 -fflags +bitexact -flags:v +bitexact -flags:a +bitexact "$out"
}

encode voice.mp3 -c:a libmp3lame -b:a 48k
encode voice.m4a -c:a aac -b:a 48k
encode voice.ogg -c:a libvorbis -q:a 2
encode voice.opus -c:a libopus -b:a 32k
encode voice.webm -c:a libopus -b:a 32k
encode voice.flac -c:a flac
video video.mp4 -c:v libx264 -pix_fmt yuv420p -c:a aac -b:a 48k
video video.webm -c:v libvpx -b:v 10k -c:a libvorbis -q:a 2
# In pieces, as it is recorded or streamed: the header knows no length.
encode voice.aac -c:a aac -b:a 48k
encode fragments.mp4 -c:a aac -b:a 48k -movflags empty_moov+default_base_moof -frag_duration 1000000
