/** PNG files of every colour type and depth; 16-bit samples keep their upper byte. */
import { convertIndexedToRgb, decode, type DecodedPng } from "fast-png";
import { Unzlib } from "fflate";
import { checkImageSize, type Image } from "./image";

/** All that the pixels depend on; other chunks, some of them packed, are not even handed to the decoder. */
const CHUNKS = new Set(["IHDR", "PLTE", "IDAT", "IEND"]);
const SIGNATURE_BYTES = 8;

/** Channels of a colour type: grey, RGB, palette, grey with alpha, RGB with alpha. */
const CHANNELS: ReadonlyMap<number, number> = new Map([
  [0, 1],
  [2, 3],
  [3, 1],
  [4, 2],
  [6, 4],
]);

/** Compressed bytes unpacked at a time while their size is checked: at most 16 MB come out of them. */
const INFLATE_STEP = 16 * 1024;

/** @throws BitwrightError data-invalid; Error in the decoder's words */
export function decodePng(bytes: Uint8Array): Image {
  const chunks = criticalChunks(bytes);
  const header = chunks.find(({ type }) => type === "IHDR")?.content;
  if (header?.length !== 13) throw new Error("no image header");
  const view = new DataView(header.buffer, header.byteOffset, header.length);
  const width = view.getUint32(0);
  const height = view.getUint32(4);
  const depth = header[8];
  const channels = CHANNELS.get(header[9]);
  if (channels === undefined) throw new Error(`colour type ${header[9]} is unknown`);
  if (header[12] !== 0 && depth < 8) throw new Error("interlaced images of less than 8 bits are not supported");
  checkImageSize(width, height);
  const pixelBytes = height * Math.ceil((width * channels * depth) / 8);
  // Every row has a filter byte, of which seven interlaced passes together have up to two a row and some more.
  checkInflatedSize(
    chunks.filter(({ type }) => type === "IDAT").map(({ content }) => content),
    pixelBytes + height,
    pixelBytes + 2 * height + 16,
  );
  const png = decode(joined(bytes, chunks));
  return { width, height, ...samples(png) };
}

interface Chunk {
  readonly type: string;
  /** Length, type and checksum included. */
  readonly whole: Uint8Array;
  readonly content: Uint8Array;
}

function criticalChunks(bytes: Uint8Array): Chunk[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const chunks: Chunk[] = [];
  for (let at = SIGNATURE_BYTES; at + 12 <= bytes.length;) {
    const length = view.getUint32(at);
    const end = at + 12 + length;
    if (end > bytes.length) throw new Error("the file ends inside a chunk");
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (CHUNKS.has(type)) {
      chunks.push({ type, whole: bytes.subarray(at, end), content: bytes.subarray(at + 8, end - 4) });
    }
    if (type === "IEND") return chunks;
    at = end;
  }
  throw new Error("the file ends before the image");
}

/** Unpacks the pixels once without keeping them, so that a small file cannot fill the memory, nor a short one pass for whole. */
function checkInflatedSize(parts: readonly Uint8Array[], least: number, most: number): void {
  let size = 0;
  const inflate = new Unzlib((output) => {
    size += output.length;
  });
  for (const part of parts) {
    for (let at = 0; at < part.length; at += INFLATE_STEP) {
      inflate.push(part.subarray(at, at + INFLATE_STEP));
      if (size > most) throw new Error("more pixels are packed into it than it declares");
    }
  }
  inflate.push(new Uint8Array(0), true);
  if (size < least) throw new Error("fewer pixels are packed into it than it declares");
}

function joined(bytes: Uint8Array, chunks: readonly Chunk[]): Uint8Array {
  const parts = [bytes.subarray(0, SIGNATURE_BYTES), ...chunks.map(({ whole }) => whole)];
  const file = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  return file;
}

function samples(png: DecodedPng): Pick<Image, "channels" | "data"> {
  const pixels = png.width * png.height;
  const palette = png.palette !== undefined && png.channels === 1;
  const data = palette ? convertIndexedToRgb(png) : eightBits(png);
  const stored = palette ? 3 : png.channels;
  if (data.length !== pixels * stored) throw new Error("it holds fewer pixels than it declares");
  const channels = stored >= 3 ? 3 : 1;
  if (stored === channels) return { channels, data };
  const opaque = new Uint8Array(pixels * channels);
  for (let i = 0; i < pixels; i++) {
    for (let channel = 0; channel < channels; channel++) opaque[i * channels + channel] = data[i * stored + channel];
  }
  return { channels, data: opaque };
}

/** Samples of 1, 2, 4, 8 or 16 bits as 8 bits over the full range. */
function eightBits({ data, depth, width, height, channels }: DecodedPng): Uint8Array {
  if (depth === 16) return Uint8Array.from(data, (sample) => sample >>> 8);
  if (depth === 8) return Uint8Array.from(data);
  const samples = new Uint8Array(width * height * channels);
  const mask = (1 << depth) - 1;
  const perByte = 8 / depth;
  const rowBytes = Math.ceil((width * channels) / perByte);
  for (let row = 0, i = 0; row < height; row++) {
    for (let column = 0; column < width * channels; column++, i++) {
      const byte = data[row * rowBytes + Math.floor(column / perByte)];
      samples[i] = ((byte >>> (8 - depth * ((column % perByte) + 1))) & mask) * (255 / mask);
    }
  }
  return samples;
}
