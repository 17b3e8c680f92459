/** The models of the firmware tests: every width, granularity, file style and order, with hostile names throughout. */
import type { QuantizedLayer, WeightsEmission } from "../../src/engine/emit/emission";
import { convLayout, denseLayout, emission, HOSTILE_NAMES, syntheticLayer } from "./synthetic";

export interface FirmwareCase {
  /** Short and safe, for C and for messages. */
  readonly label: string;
  readonly emission: WeightsEmission;
}

const BASE_NAMES = ["../../x", "*/ #include", "long", "слой", "con", "a".repeat(10_000), "9-lives", "Net v1.2"];

const SHAPES = [convLayout([5, 3, 3, 3]), denseLayout(7, 11), convLayout([3, 1, 1, 5]), denseLayout(1, 13)];

export function firmwareCases(): FirmwareCase[] {
  const cases: FirmwareCase[] = [];
  for (const files of ["split", "header"] as const) {
    for (const order of ["ohwi", "onnx"] as const) {
      for (const granularity of ["tensor", "channel"] as const) {
        const index = cases.length;
        const name = HOSTILE_NAMES[index];
        cases.push({
          label: `${files}_${order}_${granularity}`,
          emission: emission(layers(granularity, index), {
            files,
            order,
            packing: files === "header" ? "none" : "dense",
            // The number keeps the files of one folder apart where nothing is left of a name.
            baseName: `${BASE_NAMES[index]}${index}`,
            modelName: name,
            recipe: JSON.stringify({ model: name, output: { name } }),
            keptFloat: [{ name, op: "Gather", parameters: 3, reason: name }],
          }),
        });
      }
    }
  }
  return cases;
}

function layers(granularity: "tensor" | "channel", seed: number): QuantizedLayer[] {
  const widths = Array.from({ length: 15 }, (_, index) => index + 2);
  const many = widths.map((bits, index) =>
    syntheticLayer({
      name: HOSTILE_NAMES[index % HOSTILE_NAMES.length],
      layout: SHAPES[(index + seed) % SHAPES.length],
      bits,
      granularity,
      seed: 100 * seed + bits,
      bias: index % 3 !== 2,
      zeroChannels: index % 2 === 0 ? [1, 2] : [],
    }),
  );
  const one = convLayout([1, 1, 1, 1]);
  const rest = HOSTILE_NAMES.slice(widths.length).map((name) =>
    syntheticLayer({ name, layout: one, bits: 8, granularity, seed }),
  );
  const wide = denseLayout(4, 3);
  const owner = syntheticLayer({ name: "owner", layout: wide, bits: 8, granularity, seed, magnitude: 2 ** -140 });
  return [
    ...many,
    ...rest,
    owner,
    { ...owner, name: "borrower */", sharedWith: "owner", fused: ["bn */", "add\\"] },
    { ...owner, name: "borrower without bias", sharedWith: "owner", bias: null },
    syntheticLayer({ name: "huge", layout: wide, bits: 16, granularity, seed, magnitude: 3e38 }),
    syntheticLayer({ name: "zero", layout: wide, bits: 4, granularity, seed, zeroChannels: [0, 1, 2] }),
  ];
}
