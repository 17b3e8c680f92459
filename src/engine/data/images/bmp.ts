/** Uncompressed BMP files of 1, 4 and 8 bits with a palette, and of 24 and 32 bits. */
import { checkImageSize, type Image } from "./image";

const FILE_HEADER_BYTES = 14;

/** BI_RGB, and BI_BITFIELDS with the masks that 32-bit files are written with. */
const PLAIN = 0;
const BIT_FIELDS = 3;

/** Where red, green and blue stand in a pixel's bytes. */
const RED = 2;
const GREEN = 1;
const BLUE = 0;

/** @throws BitwrightError data-invalid; Error that says what is wrong */
export function decodeBmp(bytes: Uint8Array): Image {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < FILE_HEADER_BYTES + 40) throw new Error("the file ends inside its header");
  const pixelOffset = view.getUint32(10, true);
  const infoBytes = view.getUint32(14, true);
  const width = view.getInt32(18, true);
  const signedHeight = view.getInt32(22, true);
  const height = Math.abs(signedHeight);
  const bits = view.getUint16(28, true);
  const compression = view.getUint32(30, true);
  const colours = view.getUint32(46, true);
  checkImageSize(width, height);
  if (infoBytes < 40) throw new Error(`a header of ${infoBytes} bytes is not supported`);
  if (compression !== PLAIN && !(compression === BIT_FIELDS && bits === 32 && hasUsualMasks(view))) {
    throw new Error(`compression ${compression} is not supported`);
  }
  const rowBytes = 4 * Math.ceil((width * bits) / 32);
  if (pixelOffset + rowBytes * height > bytes.length) throw new Error("the file ends before the image");

  const source = { bytes, pixelOffset, rowBytes, width, height, topDown: signedHeight < 0 };
  if (bits === 24 || bits === 32) return { width, height, channels: 3, data: truecolour(source, bits / 8) };
  if (bits !== 1 && bits !== 4 && bits !== 8) throw new Error(`${bits} bits a pixel are not supported`);
  const entries = colours === 0 ? 2 ** bits : colours;
  const palette = bytes.subarray(FILE_HEADER_BYTES + infoBytes, FILE_HEADER_BYTES + infoBytes + 4 * entries);
  return { width, height, channels: 3, data: indexed(source, bits, palette) };
}

interface Rows {
  readonly bytes: Uint8Array;
  readonly pixelOffset: number;
  readonly rowBytes: number;
  readonly width: number;
  readonly height: number;
  /** Rows are stored bottom up unless the height is negative. */
  readonly topDown: boolean;
}

function rowStart({ pixelOffset, rowBytes, height, topDown }: Rows, row: number): number {
  return pixelOffset + rowBytes * (topDown ? row : height - 1 - row);
}

function truecolour(rows: Rows, pixelBytes: number): Uint8Array {
  const data = new Uint8Array(3 * rows.width * rows.height);
  let at = 0;
  for (let row = 0; row < rows.height; row++) {
    let from = rowStart(rows, row);
    for (let column = 0; column < rows.width; column++, from += pixelBytes) {
      data[at++] = rows.bytes[from + RED];
      data[at++] = rows.bytes[from + GREEN];
      data[at++] = rows.bytes[from + BLUE];
    }
  }
  return data;
}

function indexed(rows: Rows, bits: number, palette: Uint8Array): Uint8Array {
  const data = new Uint8Array(3 * rows.width * rows.height);
  const perByte = 8 / bits;
  const mask = (1 << bits) - 1;
  let at = 0;
  for (let row = 0; row < rows.height; row++) {
    const start = rowStart(rows, row);
    for (let column = 0; column < rows.width; column++) {
      const byte = rows.bytes[start + Math.floor(column / perByte)];
      const colour = 4 * ((byte >>> (8 - bits * ((column % perByte) + 1))) & mask);
      if (colour + 4 > palette.length) throw new Error("a pixel has no colour in the palette");
      data[at++] = palette[colour + RED];
      data[at++] = palette[colour + GREEN];
      data[at++] = palette[colour + BLUE];
    }
  }
  return data;
}

/** Masks that give the byte order of plain 32-bit pixels; they stand after the first 40 bytes of the header. */
function hasUsualMasks(view: DataView): boolean {
  const at = FILE_HEADER_BYTES + 40;
  return (
    view.byteLength >= at + 12 &&
    view.getUint32(at, true) === 0xff0000 &&
    view.getUint32(at + 4, true) === 0xff00 &&
    view.getUint32(at + 8, true) === 0xff
  );
}
