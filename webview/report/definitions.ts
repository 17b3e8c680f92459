/** What the figures of the noise analysis mean, in a sentence or two each. */
export const DEFINITIONS = {
  weights:
    "Isolated SQNR: only this layer's weights are quantized, its input is float, and its output is compared after the activation. A diagnostic: it says where noise is made.",
  activations:
    "Isolated SQNR: only this layer's output is rounded to its activation codes. A diagnostic: it says where noise is made.",
  both: "Isolated SQNR with this layer's weights and its output quantized together. A diagnostic: it says where noise is made.",
  predicted:
    "SQNR of weights and activations together, as uniform, independent rounding errors would give it. More than 2 dB off means that an assumption broke.",
  bound:
    "SQNR that this layer would have if every output channel had the dominant channel's range: what equalizing channels could gain at most.",
  cumulative: "The whole network is quantized; this layer's output is compared with the float network's.",
  kl: "Sensitivity: how far the model's class probabilities move, in nats, when this layer alone is quantized. The ranking to act on.",
  output: "Sensitivity: SQNR of the model's outputs when this layer alone is quantized. The ranking to act on.",
  accuracyDrop:
    "Accuracy of the float model less that with this layer alone quantized, in percentage points. Needs labels.",
  accuracy:
    "Share of the samples whose class the model names first. The interval is where it lies with 95 % confidence, given that many samples.",
  agreement: "Share of the samples for which the float and the quantized model choose the same class.",
  outputSqnr: "SQNR of all outputs of the quantized model against the float model's. A diagnostic: accuracy decides.",
  isolatedChart:
    "SQNR of every layer with only its weights, only its output, or both quantized. A diagnostic of where noise is made; act on the layers of highest sensitivity, first in the table.",
  predictedChart:
    "Every point is a layer. On the diagonal the prediction is exact; within the band it is at most 2 dB off.",
  channelsChart:
    "What each output channel takes on the calibration data. The dominant channel sets the scale of all where they share one.",
  errorsChart:
    "Differences between the quantized and the float output of this layer. Even rounding is flat and centred; a peak at the side is clipping or a bias.",
  memoryChart:
    "Bytes of the arena that live while each operation runs: its inputs, its output, and what later operations read. No arena can be smaller than the highest bar.",
  arena: "Static memory for what is passed between the operations. Inputs and outputs of the network are the caller's.",
  equality:
    "Operations whose every output is proved to be that of ONNX Runtime's integer kernels. The table says how far the others can be off.",
  equalizedRanges:
    "Largest magnitude of each channel as a share of the widest one's. Where all share one scale, a channel at 10 % uses 10 % of the codes: equalization is to bring all up to the top.",
  channelScales:
    "What each output channel is multiplied by, and what reads it divided by: together they leave the network's function as it is.",
} as const;
