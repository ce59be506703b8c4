"""Emotions of recordings, on a cluster of Apache Spark.

    spark-submit predict_spark.py --train /opt/emotionai/train --paths paths.txt --answers answers

`paths.txt` names a recording a line, by a path that every worker can open. Each partition of it goes
through one `train predict` of its own. `answers/` then holds the JSON Lines in the order of the paths.
"""

import argparse
import shlex

from pyspark.sql import SparkSession


def predict(paths, command):
    """The answers for an RDD of paths: a line of JSON each, in the same order."""
    # One process works on as many files at a time as a Spark task has cores.
    cores = paths.context.getConf().get("spark.task.cpus", "1")
    command = [*command, "--json", "--files-from", "-", "--jobs", cores]
    return paths.pipe(shlex.join(command))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--train", required=True, help="path of the program, the same on every worker")
    parser.add_argument("--model", help="model file, the same on every worker [default: the shipped weights]")
    parser.add_argument("--paths", required=True, help="text file of paths, one a line")
    parser.add_argument("--answers", required=True, help="folder to write the answers to; it must not exist")
    parser.add_argument("--partitions", type=int, default=0, help="at least so many [default: 4 a core]")
    options = parser.parse_args()
    command = [options.train, "predict"]
    if options.model:
        command += ["--model", options.model]

    context = SparkSession.builder.appName("train predict").getOrCreate().sparkContext
    partitions = options.partitions or 4 * context.defaultParallelism
    paths = context.textFile(options.paths, partitions).filter(lambda path: path != "")
    predict(paths, command).saveAsTextFile(options.answers)

    # A file that cannot be used has a line too, so fewer lines are answers that were lost: a program
    # that is not there, a worker out of memory.
    asked, answered = paths.count(), context.textFile(options.answers).count()
    if asked != answered:
        raise SystemExit(f"{asked} paths, but {answered} answers: see stderr of the executors")


if __name__ == "__main__":
    main()
