/** Real and small networks as integer programs, beside the same networks in ONNX Runtime's integer kernels. */
import { InferenceSession, Tensor } from "onnxruntime-node";
import type { ModelSource } from "../../../../src/engine/model-source";
import { elementCount } from "../../../../src/engine/onnx/tensor";
import { interpretProgram } from "../../../../src/engine/program/interpret";
import { storedToRowMajor, channelsLast } from "../../../../src/engine/program/layout";
import { lowerProgram } from "../../../../src/engine/program/lower";
import type { LoweringOptions } from "../../../../src/engine/program/lowering/context";
import type { CodeArray, IntegerProgram, ProgramTensor } from "../../../../src/engine/program/program";
import { inputCodes } from "../../../../src/engine/program/samples";
import { quantizeModel, type Options } from "../emit/qdq/quantized-model";

export interface Network {
  readonly program: IntegerProgram;
  /** The same network as ONNX with QuantizeLinear and DequantizeLinear. */
  readonly quantizedOnnx: Uint8Array;
  readonly names: { readonly inputs: readonly string[]; readonly outputs: readonly string[] };
}

/** @param feeds samples that show the ranges */
export async function networkOf(
  source: ModelSource,
  feeds: Readonly<Record<string, Tensor>>,
  options: Options = {},
  lowering: LoweringOptions = {},
): Promise<Network> {
  const { artifact, folded, layers, activations } = await quantizeModel(source, feeds, options);
  const { plan, parameters } = activations!;
  const program = lowerProgram(
    {
      model: folded,
      layers: layers.map(({ layer }) => layer),
      quantized: new Map(layers.map(({ layer, quantized }) => [layer.name, quantized])),
      plan,
      parameters: parameters.map((item) => item!),
    },
    lowering,
  );
  const initializers = new Set(folded.graph.initializer.map(({ name }) => name));
  return {
    program,
    quantizedOnnx: artifact.bytes,
    names: {
      inputs: folded.graph.input.map(({ name }) => name).filter((name) => !initializers.has(name)),
      outputs: folded.graph.output.map(({ name }) => name),
    },
  };
}

/** Row-major numbers in the order in which the program stores the tensor. */
export function stored(tensor: ProgramTensor, values: ArrayLike<number>): number[] {
  if (tensor.dims.length !== 4) return Array.from(values);
  return Array.from(storedToRowMajor(channelsLast(tensor.dims)), (position) => values[position]);
}

/** The program's outputs for one sample of every input. */
export function interpret({ program }: Network, samples: readonly Float32Array[]): CodeArray[] {
  const inputs = program.inputs.map((tensor, position) => inputCodes(program.tensors[tensor], samples[position]));
  const values = interpretProgram(program, inputs);
  return program.outputs.map((tensor) => values[tensor]);
}

/** ONNX Runtime's outputs for one sample as codes in stored order, computed by its integer kernels. */
export class Reference {
  private constructor(
    private readonly network: Network,
    private readonly session: InferenceSession,
  ) {}

  /** @param integerKernels false computes in float between the codes, and changes no weights that are not integers */
  static async of(network: Network, integerKernels = true): Promise<Reference> {
    const extra = { session: { qdqisint8allowed: "1", disable_quant_qdq: integerKernels ? "0" : "1" } };
    return new Reference(network, await InferenceSession.create(network.quantizedOnnx, { logSeverityLevel: 3, extra }));
  }

  async run(samples: readonly Float32Array[]): Promise<number[][]> {
    const { program, names } = this.network;
    const feeds = Object.fromEntries(
      names.inputs.map((name, position) => {
        const { dims } = program.tensors[program.inputs[position]];
        return [name, new Tensor("float32", samples[position], dims)];
      }),
    );
    const outputs = await this.session.run(feeds);
    return names.outputs.map((name, position) => {
      const tensor = program.tensors[program.outputs[position]];
      const values = Array.from(outputs[name].data as Iterable<number>, Number);
      if (values.length !== elementCount(tensor.dims)) throw new Error(`${name}: ${values.length} values`);
      return stored(
        tensor,
        values.map((value) => Math.round(value / tensor.scale) + tensor.zeroPoint),
      );
    });
  }

  async release(): Promise<void> {
    await this.session.release();
  }
}
