/** Models of the firmware tests with every scheme at every width and granularity, in odd shapes. */
import { totals } from "../../src/engine/emit/c-preamble";
import type { QuantizedLayer, WeightsEmission } from "../../src/engine/emit/emission";
import type { WeightLayout } from "../../src/engine/graph/layout";
import {
  convolutionLayout,
  denseLayout,
  matMulLayout,
  transposedConvolutionLayout,
} from "../../src/engine/graph/layouts";
import { SCHEMES } from "../../src/engine/schemes/registry";
import type { SchemeSettings } from "../../src/engine/schemes/scheme";
import type { FirmwareCase } from "./cases";
import { emission, syntheticLayer } from "./synthetic";

/** No number of weights per channel is a multiple of 8, and no two are equal. */
const SHAPES: readonly WeightLayout[] = [
  convolutionLayout([5, 3, 3, 3], 1),
  denseLayout([7, 11], "columns"),
  convolutionLayout([3, 1, 1, 5], 1),
  denseLayout([1, 13], "columns"),
  transposedConvolutionLayout([6, 2, 3, 1], 3),
  matMulLayout([2, 17, 3], "right"),
  convolutionLayout([2, 5, 9], 1),
  denseLayout([1, 31], "rows"),
  denseLayout([1, 1], "rows"),
];

const STORAGES: readonly Pick<WeightsEmission, "files" | "order" | "packing">[] = [
  { files: "split", order: "ohwi", packing: "dense" },
  { files: "header", order: "ohwi", packing: "dense" },
  { files: "header", order: "onnx", packing: "dense" },
];

/** Between two emissions and two schemes every width meets other shapes. */
const STRIDE = 2;

export function schemeCases(): FirmwareCase[] {
  return STORAGES.map((storage, number) => {
    const label = `schemes_${number}`;
    const all = [...layers(number * STRIDE), ...extremes()];
    return { label, emission: emission(all, { ...storage, baseName: label }) };
  });
}

/** Bytes of constants that the 16 KB of RAM of an AVR hold beside what is decoded: those that are no more than `const` take RAM. */
const SMALL_BYTES = 4096;

const MOST_LAYERS = 16;

/** The same schemes, widths and granularities, a few of them a model. */
export function smallSchemeCases(): FirmwareCase[] {
  const bytesOf = (some: QuantizedLayer[]) => totals(emission(some)).flash;
  const parts: QuantizedLayer[][] = [[]];
  for (const layer of layers(STORAGES.length * STRIDE)) {
    const last = parts[parts.length - 1];
    if (last.length < MOST_LAYERS && bytesOf([...last, layer]) <= SMALL_BYTES) last.push(layer);
    else parts.push([layer]);
  }
  return parts.map((own, part) => {
    const label = `part_${part}`;
    return { label, emission: emission(own, { ...STORAGES[part % STORAGES.length], baseName: label }) };
  });
}

function layers(offset: number): QuantizedLayer[] {
  return allSettings().map((settings, index) => {
    const { scheme, bits, granularity } = settings;
    const layout = SHAPES[(index + offset) % SHAPES.length];
    return syntheticLayer({
      ...settings,
      name: `${scheme} ${bits} ${granularity}`,
      layout,
      seed: 1000 * offset + index,
      bias: index % 5 === 0,
      zeroChannels: index % 7 === 0 ? [layout.channels - 1] : [],
    });
  });
}

/** Weights at both ends of the range of floats, and layers that share what the former have. */
function extremes(): QuantizedLayer[] {
  return allSettings()
    .filter(({ bits }) => bits === 5)
    .flatMap((settings, index) => {
      const { scheme, granularity } = settings;
      const common = { ...settings, layout: SHAPES[0], seed: index, bias: false };
      const tiny = syntheticLayer({ ...common, name: `tiny ${scheme} ${granularity} ${index}`, magnitude: 2 ** -140 });
      const huge = syntheticLayer({ ...common, name: `huge ${scheme} ${granularity} ${index}`, magnitude: 3e38 });
      return [tiny, huge, { ...huge, name: `shared ${index}`, sharedWith: huge.name }];
    });
}

/** Every scheme at every width and granularity that it takes; options that change the layout take turns. */
function allSettings(): SchemeSettings[] {
  return SCHEMES.flatMap(({ id, minBits, maxBits, granularities }) =>
    Array.from({ length: maxBits - minBits + 1 }, (_, index) => minBits + index).flatMap((bits) =>
      granularities.flatMap((granularity) => {
        const settings: SchemeSettings = { scheme: id, bits, granularity, clip: "max", rounding: "half-even" };
        if (id.startsWith("codebook")) return [{ ...settings, palette: bits % 2 === 0 ? "int16" : "int8" }];
        if (id !== "block") return [settings];
        return [
          { ...settings, blockSize: 4, blockScale: "half" },
          { ...settings, blockSize: 5, blockScale: "power-of-two" },
        ];
      }),
    ),
  );
}
