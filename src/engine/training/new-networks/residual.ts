/** Residual networks for images of 3 × 32 × 32 (He et al. 2016, section 4.2). */
import { NetworkBuilder } from "./builder";

export interface ResidualStage {
  readonly channels: number;
  readonly blocks: number;
}

/** The network of MLPerf Tiny's image classification. */
export const RESNET_8: readonly ResidualStage[] = [16, 32, 64].map((channels) => ({ channels, blocks: 1 }));

/** Four stages of two blocks, on images of CIFAR: without the pooling at the start. */
export const RESNET_18: readonly ResidualStage[] = [64, 128, 256, 512].map((channels) => ({ channels, blocks: 2 }));

/**
 * A convolution, stages of blocks of two convolutions each, the mean of each channel, and a dense layer. Every stage but the
 * first halves the image. Branches begin at 1/√blocks of their size, so that the sums of all blocks stay of the size of the
 * input, with batch statistics and without.
 */
export function residualNetwork(stages: readonly ResidualStage[], classes: number, seed: number): Uint8Array {
  const builder = new NetworkBuilder(seed);
  const blocks = stages.reduce((sum, stage) => sum + stage.blocks, 0);
  const normalized = (name: string, x: string, inputs: number, outputs: number, stride: number, scale = 1) => {
    const sums = builder.convolution(name, x, { inputs, outputs, kernel: 3, stride, pad: 1 });
    return builder.batchNormalization(`${name}.normalized`, sums, outputs, scale);
  };
  let channels = stages[0].channels;
  let x = builder.add("Relu", [normalized("conv", "input", 3, channels, 1)], "relu");
  stages.forEach((stage, stageIndex) => {
    for (let block = 0; block < stage.blocks; block++) {
      const name = `stage${stageIndex + 1}.block${block + 1}`;
      const stride = stageIndex > 0 && block === 0 ? 2 : 1;
      const inner = normalized(`${name}.conv1`, x, channels, stage.channels, stride);
      const active = builder.add("Relu", [inner], `${name}.relu1`);
      const branch = normalized(`${name}.conv2`, active, stage.channels, stage.channels, 1, 1 / Math.sqrt(blocks));
      const projection = { inputs: channels, outputs: stage.channels, kernel: 1, stride };
      const keepsShape = stride === 1 && channels === stage.channels;
      const shortcut = keepsShape ? x : builder.convolution(`${name}.shortcut`, x, projection);
      x = builder.add("Relu", [builder.add("Add", [branch, shortcut], `${name}.sum`)], `${name}.relu2`);
      channels = stage.channels;
    }
  });
  const means = builder.add("Flatten", [builder.add("GlobalAveragePool", [x], "means")], "features");
  return builder.finish("input", [3, 32, 32], builder.dense("logits", means, channels, classes, 1), classes);
}
