/** What every figure means: the glossary of the panels, and the last section of exported reports. */

export interface Definition {
  readonly term: string;
  /** Plain text; left out where the sentence says it all. */
  readonly formula?: string;
  readonly meaning: string;
  /** Where it comes from, where that is not common knowledge. */
  readonly source?: string;
}

const MELLER = "Meller et al. 2019, Same, Same But Different";

export const DEFINITIONS = {
  // Weights
  sqnr: {
    term: "SQNR of the weights",
    formula: "10 · log10(Σw² / Σ(w − ŵ)²) dB",
    meaning:
      "Signal-to-quantization-noise ratio: how loud the weights w are above the error of what their codes stand for, ŵ. 6 dB more is half the error. Exact where there is no error at all.",
  },
  overallSqnr: {
    term: "Overall SQNR",
    formula: "10 · log10(Σw² / Σ(w − ŵ)²) dB over the weights of all layers",
    meaning: "Loud layers count most in it: a quiet layer may be lost without a trace here.",
  },
  flash: {
    term: "Flash",
    meaning:
      "Bytes of weights, scales and biases, as the arrays in C have them. Nothing where a layer's codes are those of an earlier layer.",
  },
  scheme: {
    term: "Scheme",
    meaning:
      "How weights become codes: scheme, bits, what shares a scale (tensor, channel or block), and the rule that clips the range.",
    source: "docs/schemes.md",
  },
  parameters: { term: "Parameters", meaning: "Weights and biases of the layers that hold weights." },
  lowSqnr: {
    term: "Low SQNR",
    meaning: "Below the setting bitwright.lowSqnrDb; very low below two thirds of it, in decibels.",
  },
  absMax: { term: "max|w|", meaning: "Largest magnitude of a weight: without clipping, it sets the scale." },
  range: { term: "Range", meaning: "Smallest and largest weight." },
  std: { term: "Standard deviation", formula: "√(Σ(w − mean)² / n)", meaning: "Of all weights of the layer." },
  skewness: {
    term: "Skewness",
    formula: "Σ(w − mean)³ / (n · std³)",
    meaning: "0 for a symmetric distribution; symmetric codes are wasted on the shorter side of a skewed one.",
  },
  kurtosis: {
    term: "Excess kurtosis",
    formula: "Σ(w − mean)⁴ / (n · std⁴) − 3",
    meaning: "0 for a Gaussian; large for heavy tails, which quantize badly: a few weights set the scale of all.",
  },
  outlierRatio: {
    term: "max|w| / median|w|",
    meaning: "How far the largest weight stands out; clipping or a scale a channel helps where it is large.",
  },
  zeros: { term: "Zeros", meaning: "Share of weights that are exactly zero." },
  entropy: {
    term: "Entropy of the codes",
    formula: "−Σ p · log2(p) bits a weight, p the share of a code",
    meaning: "What an entropy coder could reach; far below the bits of the scheme, codes go unused.",
    source: "Shannon 1948",
  },
  dominant: {
    term: "Dominant channel",
    meaning: "The output channel with the largest magnitude. It sets the range of all where they share a scale.",
    source: `${MELLER}, §3.2`,
  },
  codesUsed: { term: "Codes used", meaning: "Share of the scheme's codes that any weight takes." },
  gain: { term: "Gain", meaning: "SQNR of the weights with the alternative less that of what applies now." },

  // Noise on data
  weights: {
    term: "Isolated SQNR, weights",
    formula: "10 · log10(Σy² / Σ(y − ŷ)²) dB at the layer's output",
    meaning:
      "Only this layer's weights are quantized, its input is float, and its output is compared after the activation. A diagnostic: it says where noise is made.",
    source: `${MELLER}, §3.2`,
  },
  activations: {
    term: "Isolated SQNR, activations",
    formula: "10 · log10(Σy² / Σ(y − ŷ)²) dB at the layer's output",
    meaning: "Only this layer's output is rounded to its activation codes. A diagnostic: it says where noise is made.",
    source: `${MELLER}, §3.2`,
  },
  both: {
    term: "Isolated SQNR, both",
    formula: "10 · log10(Σy² / Σ(y − ŷ)²) dB at the layer's output",
    meaning: "This layer's weights and its output quantized together. A diagnostic: it says where noise is made.",
    source: `${MELLER}, §3.2`,
  },
  predicted: {
    term: "Predicted SQNR",
    formula: "noise = ρ · Kx · Ky · Fin · E{X²} · step_w² / 12 + ρ · step_y² / 12",
    meaning:
      "SQNR of weights and activations together, as uniform, independent rounding errors would give it; ρ is the share of outputs that the activation lets pass. More than 2 dB off means that an assumption broke.",
    source: `${MELLER}, eq. 5 and 6`,
  },
  bound: {
    term: "Bound",
    formula: "noise of channel c times (max|y_c| / max|y|)²",
    meaning:
      "SQNR that this layer would have if every output channel had the dominant channel's range: what equalizing channels could gain at most.",
    source: `${MELLER}, fig. 5`,
  },
  cumulative: {
    term: "Cumulative SQNR",
    formula: "10 · log10(Σy² / Σ(y − ŷ)²) dB at the layer's output",
    meaning: "The whole network is quantized; this layer's output is compared with the float network's.",
    source: `${MELLER}, §3.2`,
  },
  kl: {
    term: "Sensitivity, KL",
    formula: "Σ p · ln(p / p̂) nats, mean over the samples",
    meaning: "How far the model's class probabilities move when this layer alone is quantized. The ranking to act on.",
    source: "Kullback and Leibler 1951",
  },
  output: {
    term: "Sensitivity, output",
    formula: "10 · log10(Σy² / Σ(y − ŷ)²) dB at the model's outputs",
    meaning: "SQNR of the model's outputs when this layer alone is quantized. The ranking to act on.",
  },
  accuracyDrop: {
    term: "Accuracy drop",
    meaning:
      "Accuracy of the float model less that with this layer alone quantized, in percentage points. Needs labels.",
  },
  accuracy: {
    term: "Accuracy",
    meaning:
      "Share of the samples whose class the model names first. The interval is where it lies with 95 % confidence, given that many samples.",
    source: "Wilson 1927, for the interval",
  },
  agreement: {
    term: "Agreement",
    meaning: "Share of the samples for which the float and the quantized model choose the same class.",
  },
  outputSqnr: {
    term: "Output SQNR",
    formula: "10 · log10(Σy² / Σ(y − ŷ)²) dB at the model's outputs",
    meaning: "All outputs of the quantized model against the float model's. A diagnostic: accuracy decides.",
  },

  // Charts
  isolatedChart: {
    term: "SQNR of single layers",
    meaning:
      "SQNR of every layer with only its weights, only its output, or both quantized. A diagnostic of where noise is made; act on the layers of highest sensitivity, first in the table.",
    source: `${MELLER}, §3.2`,
  },
  predictedChart: {
    term: "Measured against predicted",
    meaning: "Every point is a layer. On the diagonal the prediction is exact; within the band it is at most 2 dB off.",
    source: `${MELLER}, fig. 4`,
  },
  sqnrChart: {
    term: "SQNR of the weights, layer by layer",
    formula: "10 · log10(Σw² / Σ(w − ŵ)²) dB",
    meaning: "A bar a layer. In the panel, what lies below the dashed line is low.",
  },
  rangesChart: {
    term: "Range of every output channel",
    meaning: "Smallest to largest weight that makes each output channel. The dominant channel is marked.",
    source: `${MELLER}, §3.2`,
  },
  histogramChart: {
    term: "Distribution of the weights",
    meaning:
      "Weights a bin before quantization, and what the codes stand for in the same bins after it. Lines are the levels of the codes.",
  },
  channelsChart: {
    term: "Activations of every output channel",
    meaning:
      "What each output channel takes on the calibration data. The dominant channel sets the scale of all where they share one.",
  },
  errorsChart: {
    term: "Errors of the output",
    meaning:
      "Differences between the quantized and the float output of this layer. Even rounding is flat and centred; a peak at the side is clipping or a bias.",
  },
  memoryChart: {
    term: "RAM over time",
    meaning:
      "Bytes of the arena that live while each operation runs: its inputs, its output, and what later operations read. No arena can be smaller than the highest bar.",
  },

  // The network in integers
  arena: {
    term: "RAM",
    meaning:
      "Static memory for what is passed between the operations, and what a library wants besides. Inputs and outputs of the network are the caller's.",
  },
  stack: { term: "Stack", meaning: "Most that a run takes of the stack on Cortex-M, compiled by gcc with -O2." },
  constants: { term: "Constants", meaning: "Bytes of flash that weights, scales and tables take, without code." },
  macs: { term: "Multiply-accumulates", meaning: "Products that one run of the network sums up." },
  equality: {
    term: "Equal to ONNX Runtime",
    meaning:
      "Operations whose every output is proved to be that of ONNX Runtime's integer kernels. The table says how far the others can be off.",
  },

  // Equalization
  equalizedChart: {
    term: "SQNR layer by layer",
    formula: "10 · log10(Σy² / Σ(y − ŷ)²) dB at the layer's output",
    meaning:
      "Only this layer is quantized, its input is float. The bound is what weights and activations together would have if every channel had the dominant channel's range.",
    source: `${MELLER}, fig. 5`,
  },
  equalizedRanges: {
    term: "Equalized ranges",
    formula: "max|channel| / max|layer|",
    meaning:
      "Largest magnitude of each channel as a share of the widest one's. Where all share one scale, a channel at 10 % uses 10 % of the codes: equalization is to bring all up to the top.",
    source: `${MELLER}, §4`,
  },
  channelScales: {
    term: "Scales of the channels",
    formula: "y_c · S_c, and what reads it / S_c",
    meaning:
      "What each output channel is multiplied by, and what reads it divided by: together they leave the network's function as it is.",
    source: `${MELLER}, §4`,
  },
} as const satisfies Readonly<Record<string, Definition>>;

export type DefinitionId = keyof typeof DEFINITIONS;

export function definitionOf(id: DefinitionId): Definition {
  return DEFINITIONS[id];
}
