/** The command line's own words. */
import { schemeIds } from "../engine/schemes/registry";

/** What stands behind an option that takes one of many names, wrapped to the column of the explanations. */
function choices(names: readonly string[]): string {
  const lines: string[] = [""];
  for (const [index, name] of names.entries()) {
    const item = index === names.length - 1 ? name : `${name},`;
    const line = `${lines[lines.length - 1]} ${item}`.trimStart();
    if (line.length > 80) lines.push(item);
    else lines[lines.length - 1] = line;
  }
  return lines.join(`\n${" ".repeat(27)}`);
}

export const USAGE = `Bitwright: ONNX models to integer weights in C

Usage
  bitwright inspect MODEL [--json]
      Show a model's layers and what can be quantized.

  bitwright quantize MODEL --out DIR [options]
      Quantize a model's weights and write C.
      --out DIR            folder for the files; its parent must exist
      --emit LIST          weights (default: C), inference (the whole network as C), onnx (quantized ONNX), report;
                           separated by commas
      --name N             base name of files and identifiers (default: the model's file name)
      --files F            split (default: header and source) or header (one header)
      --order O            ohwi (default) or onnx
      --packing P          dense (default: 2 to 7 and 9 to 15 bits fill bytes completely) or none
      --onnx-weights W     bytes (default) or packed: 4 and 2 bits in ONNX types of that width (opset 21, 25)
      --requantization R   inference rounds sums as onnxruntime (default), tflite or cmsis-single does
      --backend B          inference: portable (default), or cmsis-nn: calls that library, and rounds as it does
      --optimize O         inference: speed (default), or size: one loop for all convolutions and dense layers
      --ram N --flash N    bytes that inference's arena and constants may take
      --self-test N        inference: samples of the data that a self-test in the C file runs
      --build LIST         cmake, make, platformio, zephyr, arduino: a file to include, or a note on where files go
      --recipe FILE[#NAME] start from a recipe file's entry for this model, of that output name; options win
      --report FILE.json   also write the report there
      --json               print the report
      and the options for model, weights, activations, transforms and data below

  bitwright analyze MODEL --data FILE [options]
      Measure on data where the noise comes from and which layers the model's output is sensitive to.
      Takes the options for model, weights, activations, transforms and data below;
      activations are affine:8 unless said otherwise.
      --recipe FILE[#NAME] start from a recipe file's entry for this model, of that output name; options win
      --report FILE.json   write the report, with the noise of every layer, there
      --json               print the report

  bitwright compare MODEL [--schemes a:8,b:4:tensor,…]
      Every candidate scheme for every layer: SQNR and bytes, side by side.
      --schemes LIST       candidates as scheme:bits or scheme:bits:granularity, separated by commas
      --choose LIST --recipe FILE
                           layer=candidate pairs become a recipe; * and ? allowed
      --report FILE.json   write the comparison there
      --json               print the comparison

  bitwright compare-equalization MODEL --data FILE [options]
      Measure on data what no equalization, one-step, two-step and cle make of every layer and of the network, each with
      and without bias correction.
      Takes the options for model, weights, activations, transforms and data below, but --equalize;
      weights have one scale a tensor and activations are affine:8 unless said otherwise.
      --recipe FILE[#NAME] start from a recipe file's entry for this model, of that output name; options win
      --report FILE.json   write the comparison there
      --json               print the comparison

  bitwright suggest MODEL --budget BYTES | --min-sqnr DB
      Bits for every layer: the best SQNR for the bytes, or the fewest bytes for the SQNR.
      --schemes LIST       candidates, as for compare (default: symmetric, 2 to 16 bits)
      --recipe FILE        add the suggestion to a recipe file
      --json               print the recipe

  bitwright report REPORT.json [--before OTHER.json]
      A report as a document to hand on; with an earlier one, what became better and what worse.
      --format F           markdown (default), for a pull request, or html, one file without scripts
      --out FILE           write it there; a name in .html is html (default: print it)

  bitwright new NETWORK [SIZES] --out FILE.onnx
      An untrained network to train: mlp with its SIZES (784-300-100-10), lenet-5 for 1×28×28, resnet-8 or resnet-18
      for 3×32×32.
      --activation A       of mlp: relu (default), sigmoid or tanh
      --classes N          of all others (default: 10)
      --seed N             of the random weights (default: 1)

  bitwright train MODEL --data FILE --out DIR
      Train with the quantizers in the loop; write DIR/MODEL.onnx, whose weights are those of its codes, and a recipe.
      Takes the options for model, weights, activations, transforms and data below, but of transforms only
      --bias-correction, with which training begins; --scheme S:B is --scheme S --bits B.
      --epochs N           times that all samples are seen (default: 10); --samples takes all where left out
      --batch N            samples a step (default: 128)
      --learning-rate X    (default: 0.001)
      --optimizer O        adam (default) or sgd, with --momentum X (default: 0.9)
      --schedule S         cosine (default), step or constant; --warmup N steps at the start (default: 0)
      --weight-decay X     share of a weight that a step takes off, times the rate (default: 0)
      --clip-norm X        largest norm of all gradients together
      --loss L             cross-entropy (default with --labels), mean-squared-error (with --targets), or distillation
                           from the float model (default without either)
      --targets FILE       numbers that the model is to put out, as many for each sample; with --loss distillation the
                           scores of another teacher, before its Softmax
      --trained WHAT       all (default), biases, or names of layers; * and ? allowed
      --scales S           trained (default) or fitted: scales follow the weights in every step
      --batch-normalization B
                           folded (default) or batch: by statistics of the batch. In float that is what the model's own
                           do; with codes there is one behind every layer that another one follows, which ends in its
                           scales and bias: with 1 or 2 bits it makes much of the difference
      --weight-sharing X   scheme codebook-mixture: weight of the penalty that draws weights to the means
      --skewness X --kurtosis X
                           weights of penalties on the shape of each layer's weights (default: 0);
                           --wanted-kurtosis X (default: -1.2, that of a uniform distribution)
      --validation-data FILE --validation-labels FILE --validation-targets FILE
                           samples to judge by; else --validation-share X of the others (default: 0.1)
      --patience N         epochs without a better evaluation that end the run
      --checkpoint FILE    replaced after every epoch, and by Ctrl+C; --resume goes on from it where there is one
      --seed N             of the order of samples (default: 1)
      --name NAME          base name of the model written
      --emit LIST          what generate makes of the recipe written, as for quantize (default: weights)
      --json               print what was reached as JSON

  bitwright generate [DIR] [--check]
      Run every recipe of DIR/bitwright.json (default: this folder).
      --check              write nothing; exit with 1 if an output is stale

  bitwright --help | --version

Model
      --input-shape N=1,3,32,32
                           dimensions of the input N, the batch first, where the model leaves some open; once for each

Weights
      --scheme NAME        ${choices(schemeIds())}
                           (default: symmetric)
      --bits N             1 to 16, as far as the scheme takes them (default: 8)
      --granularity G      channel, tensor or block (default: channel; tensor for codebooks, block for block)
      --clip RULE          max (default), percentile, mse, entropy or aciq
      --percentile P       clip percentile: percent of the weights within the range (default: 99.99)
      --rounding R         half-even (default), half-away or truncate
      --block-size N       scheme block: weights per block (default: 32)
      --block-scale S      scheme block: half (default) or power-of-two
      --alpha A            scheme ceil: least-squares (default) or max
      --palette TYPE       codebooks: int16 (default) or int8
      --zero-component     scheme codebook-mixture: one component keeps the mean 0

Activations
      --activations S:B    affine, symmetric or pow2 at 8 or 16 bits, ceil at 1 to 16; needs data
      --range RULE         max (default), percentile, mse or entropy
      --concat             inputs of Concat share the parameters of its output

Transforms
      --equalize M         none (default), one-step, two-step or cle: scales channels across layers, so that one scale
                           a tensor suits them all; done to the float model first, as those below; needs data
      --equalize-max S     largest amplification of a channel (default: 16)
      --relu6 R            exact (default: its bounds follow the scales) or paper (its bounds limit them)
      --dead-channels D    fold (default with --equalize) or keep: channels that never change on the data
      --bias-correction C  none (default), empirical, analytic or distilled (trained): biases take back the shift of
                           quantized weights
      --bias-bits B        32 (default) or 16: biases are integers of 16 bits, with one power of two a layer

Data
      --data FILE          .npy, .npz (FILE#array for one array), IDX, CSV or raw file, .gz too, or a folder of
                           images or of .npy files
      --labels FILE        class of every sample, counted from 0: integers, or a CSV of file name and class
      --samples N          how many, from the first on (default: 256)
      --layout L           NCHW or NHWC, where the shapes leave a doubt
      --scale X            a value becomes (x · scale − mean) / std
      --mean X[,X…]        one number, or one a channel
      --std X[,X…]         one number, or one a channel
      --channel-order O    RGB (default) or BGR: what the model expects
      --resize H,W         or the length of the shorter side
      --crop H,W           from the centre, after resizing
      --type T             element type of a raw file: float32, uint8, …
      --random             random numbers in place of data: to try things out, never for figures
      --seed N             of the random numbers (default: 1)

Exit codes: 0 done, 1 the work failed or an output is stale, 2 bad usage, 130 stopped by Ctrl+C.
`;
