//! What `--help` teaches beside the options: examples of each command.

/// Of `train` itself.
pub const TRAIN: &str = "\
First steps, with RAVDESS unpacked in ./ravdess:
  train predict voice.wav                                         # what the shipped weights hear
  train fit --data ravdess --train 1-16 --valid 17-20 --out mine.emo
  train evaluate --data ravdess --actors 17-20 --model mine.emo   # on voices it never heard
  train predict --model mine.emo recordings/                      # a folder, all cores

Exit codes:
  0  done
  1  anything else: a file that cannot be read (`predict` names it and goes on), a model that does
     not fit, a disk that is full
  2  wrong usage: an option or a value that there is not";

/// Of `download`.
pub const DOWNLOAD: &str = "\
Examples:
  train download                                                  # to ./ravdess
  train download --out data/ravdess --url http://mirror/Audio_Speech_Actors_01-24.zip

A download that was stopped goes on when the same command is given again.";

/// Of `preprocess`.
pub const PREPROCESS: &str = "\
Examples:
  train preprocess --data ravdess --out mel
  train preprocess --data corpus.csv --set features.n_mels=128 --out mel128
  train fit --data mel --train 1-16 --valid 17-20 --out mine.emo  # from the spectrograms

In Python: numpy.load('mel/Actor_01/03-01-01-01-01-01-01.npy') is float32 decibels, [n_mels, n_frames].";

/// Of `synthesize`.
pub const SYNTHESIZE: &str = "\
Example:
  train synthesize --out synthetic";

/// Of `fit`.
pub const FIT: &str = "\
Examples:
  train fit --data ravdess
  train fit --data ravdess --train 1-16 --valid 17-20 --seed 7 --out mine.emo
  train fit --data ravdess --network cnn-gru --set augment.noise=0.25 --out runs/gru
  train fit --data corpus.csv --set sampling=balanced             # rare labels as often as others
  train fit --data ravdess --valid none --parameters f16 --out everybody.emo
  train fit --data ravdess --train 1-16 --valid 17-20 --judge-every 5 --patience 4
  train fit --data ravdess --folds 5 --out runs/five              # cross-validation and its figures
  train fit --data mel --train 1-16 --valid 17-20                 # what `preprocess` made
  train fit --data ravdess --json > events.jsonl                  # for tools

Training that was stopped, by Ctrl-C or by a power cut, goes on where it was when the same command is
given again, and ends with the same model as if it had never stopped. In a terminal it is drawn as it
goes; --plain prints lines instead.

Labels that are rare count as much as others in what is learned: balance=1 of the recipe, 0 for not at
all. With sampling=balanced their recordings are heard again and again in the place of frequent ones.";

/// Of `recipe`.
pub const RECIPE: &str = "\
Examples:
  train recipe > mine.toml                                        # to change, and then:
  train fit --data ravdess --recipe mine.toml
  train recipe --network cnn-gru --set epochs=40

A file that names some of the fields will do; the others are the network's own.";

/// Of `crossval`.
pub const CROSSVAL: &str = "\
Examples:
  train crossval --data ravdess --name mine --out runs/mine
  train crossval --data ravdess --name gru --network cnn-gru --seeds 1,2 --out runs/gru
  train report runs/mine --pictures pictures                      # what came of it

A run is not done again where the table has it and its outcomes lie in --out: the same command goes on after
an interruption.";

/// Of `evaluate`.
pub const EVALUATE: &str = "\
Examples:
  train evaluate --data ravdess --actors 21-24
  train evaluate --data ravdess --actors 17-20 --model mine.emo --pictures pictures
  train evaluate --data ravdess --actors 17-20 --model mine.emo --json > figures.json
  train evaluate --data ravdess --actors 17-20 --model mine.emo --html report.html # all in one file
  train evaluate --data ravdess --actors 17-20 --compare a.emo b.emo
  train evaluate --data ravdess --actors 17-20 --model mine.emo --profile # what a voice profile is worth

Name actors that the model has not learned from, of whom there are none but 21-24 for the shipped weights: on
others it looks better than it is.";

/// Of `robustness`.
pub const ROBUSTNESS: &str = "\
Examples:
  train robustness --data ravdess --actors 17-20 --model mine.emo
  train robustness --data ravdess --actors 17-20 --model mine.emo --json > robustness.json
  train robustness --data ravdess --actors 21-24                  # of the shipped weights
  train robustness --data ravdess --actors 1-4 --model fold0.emo --actors 5-8 --model fold1.emo";

/// Of `gate`.
pub const GATE: &str = "\
Example:
  train gate --data ravdess --out src/weights/voice.f32";

/// Of `predict`.
pub const PREDICT: &str = "\
Examples:
  train predict voice.wav interview.flac
  train predict --csv recordings/ > answers.csv                   # a folder, through all levels
  train predict --timeline --hop-ms 250 interview.wav             # which emotion when
  train predict --enroll neutral.wav --json voice.wav             # for a voice that is known
  ffmpeg -i talk.mp3 -f wav - | train predict -
  find . -name '*.flac' -print0 | train predict --json --files-from - --null

Answers come in the order of the files. How many times real time it was is said on standard error.
A recipe for Apache Spark stands in train/docs/spark.md.";

/// Of `report`.
pub const REPORT: &str = "\
Examples:
  train report runs/mine
  train report runs/mine --json > figures.json
  train report runs/cnn runs/gru --votes 1,2                      # as `join` would let them vote
  train report seed1-fold0.jsonl seed1-fold1.jsonl --pictures pictures";

/// Of `join`.
pub const JOIN: &str = "\
Examples:
  train join cnn.emo gru.emo --votes 1,2 --data ravdess --valid 17-20 --out both.emo
  train join a.emo b.emo c.emo --temperature 1.2 --parameters int8 --out three.emo

The answer is the weighted mean of the networks' logits. They have one set of features, one speech gate
and one prosody head, so the members must have been trained on the same recordings. What the vote is
worth can be seen before, from cross-validations of the members: `train report runs/cnn runs/gru --votes 1,2`
says how it does on voices that none of them has heard, and gives the calibration for this command.";

/// Of `describe`.
pub const DESCRIBE: &str = "\
Examples:
  train describe
  train describe --model mine.emo --json";

/// Of `completions`.
pub const COMPLETIONS: &str = "\
Examples:
  train completions bash > ~/.local/share/bash-completion/completions/train
  train completions zsh > ~/.zfunc/_train                         # with ~/.zfunc in $fpath
  train completions fish > ~/.config/fish/completions/train.fish
  train completions powershell >> $PROFILE";
