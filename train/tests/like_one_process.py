"""Runs the Spark recipe of `train/docs` as its readers run it: a cluster on this machine, with two workers in processes of
their own, whose answers must be those of one process, line for line.

    python like_one_process.py TRAIN VOICE FOLDER

PySpark must be installed. TRAIN is the trainer's program, VOICE a WAV with a plain header; FOLDER is made anew.
"""

import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pyspark

RECIPE = Path(__file__).parent.parent / "docs/predict_spark.py"
# Two workers of one core and 1024 MiB each.
CLUSTER = "local-cluster[2,1,1024]"
# Copies of the voice that the workers share.
COPIES = 40
HEADER_BYTES = 44


def recordings(voice, folder):
    """The paths of recordings, among them such as cannot be used and one whose name is no plain word."""
    paths = []
    for i in range(COPIES):
        path = folder / f'voice {i:02} "ä" $HOME.wav'
        # Each a little shorter than the one before, so that no two answers are alike.
        size = (len(voice) - HEADER_BYTES - i * 2_000) & ~1
        path.write_bytes(voice[:40] + struct.pack("<I", size) + voice[HEADER_BYTES : HEADER_BYTES + size])
        paths.append(path)
    broken = folder / "broken.wav"
    broken.write_text("no recording")
    paths.insert(COPIES // 2, broken)
    paths.insert(COPIES // 4, folder / "missing.wav")
    return paths


def main(train, voice, folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    paths = recordings(voice.read_bytes(), folder)
    listed = folder / "paths.txt"
    listed.write_text("".join(f"{path}\n" for path in paths))

    # Some of the files cannot be used, and its status says so.
    alone = subprocess.run([train, "predict", "--json", "--files-from", listed], stdout=subprocess.PIPE, encoding="utf8")
    expected = alone.stdout.splitlines()
    assert len(expected) == len(paths), f"one process gave {len(expected)} answers for {len(paths)} files"

    # Where a cluster on this machine keeps what its executors print: below Spark itself.
    logs = Path(pyspark.__file__).parent / "work"
    shutil.rmtree(logs, ignore_errors=True)
    answers = folder / "answers"
    environment = {name: value for name, value in os.environ.items() if name != "SPARK_HOME"}
    # All of the cluster is this machine, whatever its name resolves to.
    environment |= {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    submit = [Path(sys.executable).with_name("spark-submit"), "--master", CLUSTER, RECIPE]
    options = ["--train", train, "--paths", listed, "--answers", answers]
    subprocess.run(submit + options, env=environment, check=True)

    found = [line for part in sorted(answers.glob("part-*")) for line in part.read_text().splitlines()]
    assert len(found) == len(expected), f"one process gave {len(expected)} answers, the cluster {len(found)}"
    for i, (one, many) in enumerate(zip(expected, found)):
        assert one == many, f"answer {i}: one process gave {one}, the cluster {many}"
    # Executors whose `train predict` said how fast it was.
    said = [log.read_text(errors="replace") for log in logs.rglob("stderr")]
    workers = sum("files answered" in text for text in said)
    assert workers == 2, f"{workers} of 2 workers answered files"
    print(f"{len(found)} answers from {workers} workers are those of one process")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
