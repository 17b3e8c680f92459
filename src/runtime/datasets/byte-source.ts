/** Bytes of a file or of something packed in one, read piece by piece. */
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { BitwrightError, shownName } from "../../protocol/errors";
import { errnoOf } from "../errno";

/** Unpacked bytes of one file; beyond it a small file was made to unpack to anything. */
export const MAX_UNPACKED_BYTES = 2 ** 35;

export interface ByteSource {
  /** Total number of bytes. */
  readonly size: number;
  /**
   * @returns the bytes from `offset` on, fewer than `length` only at the end
   * @throws BitwrightError data-invalid
   */
  read(offset: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/**
 * Opens a file.
 * @throws BitwrightError data-missing
 */
export async function openFile(path: string): Promise<ByteSource> {
  await requireFile(path);
  try {
    const file = await open(path, "r");
    const { size } = await file.stat();
    return {
      size,
      read: async (offset, length) => {
        const bytes = new Uint8Array(Math.max(0, Math.min(length, size - offset)));
        const { bytesRead } = await file.read(bytes, 0, bytes.length, offset);
        return bytes.subarray(0, bytesRead);
      },
      close: () => file.close(),
    };
  } catch (error) {
    throw missing(error);
  }
}

/** A pipe would wait for its writer, and a device may never end. */
async function requireFile(path: string): Promise<void> {
  const found = await stat(path).catch((error: unknown) => {
    throw missing(error);
  });
  if (!found.isFile()) throw new BitwrightError("data-missing", "it is not a file", "Name a file with data");
}

/**
 * Opens a gzip file; it is unpacked once to learn its size and to check it.
 * @throws BitwrightError data-missing, data-invalid
 */
export async function openGzip(path: string): Promise<ByteSource> {
  await requireFile(path);
  const start = (): Promise<Readable> => {
    const file = createReadStream(path);
    const unpacked = createGunzip();
    file.on("error", (error) => unpacked.destroy(error));
    unpacked.on("close", () => file.destroy());
    return Promise.resolve(file.pipe(unpacked));
  };
  return new StreamBytes(start, await measure(start));
}

/**
 * Bytes that can only be read from the beginning: reading on is cheap, reading back starts again. Memory holds one chunk
 * and what is asked for.
 */
export class StreamBytes implements ByteSource {
  private stream: Readable | null = null;
  private chunks: AsyncIterator<Uint8Array> | null = null;
  private chunk = new Uint8Array(0);
  /** Offset of the first byte of `chunk`. */
  private position = 0;

  constructor(
    private readonly start: () => Promise<Readable>,
    readonly size: number,
  ) {}

  async read(offset: number, length: number): Promise<Uint8Array> {
    try {
      return await this.readFrom(offset, Math.max(0, Math.min(length, this.size - offset)));
    } catch (error) {
      throw unpackFailure(error);
    }
  }

  close(): Promise<void> {
    this.stream?.destroy();
    this.chunks = null;
    return Promise.resolve();
  }

  private async readFrom(offset: number, length: number): Promise<Uint8Array> {
    if (this.chunks === null || offset < this.position) await this.restart();
    const bytes = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      const from = offset + filled - this.position;
      if (from < this.chunk.length) {
        const part = this.chunk.subarray(from, from + length - filled);
        bytes.set(part, filled);
        filled += part.length;
      } else if (!(await this.nextChunk())) break;
    }
    return bytes.subarray(0, filled);
  }

  private async restart(): Promise<void> {
    this.stream?.destroy();
    this.stream = await this.start();
    this.chunks = byteChunks(this.stream);
    this.chunk = new Uint8Array(0);
    this.position = 0;
  }

  private async nextChunk(): Promise<boolean> {
    const next = await this.chunks?.next();
    if (next === undefined || next.done === true) return false;
    this.position += this.chunk.length;
    this.chunk = Uint8Array.from(next.value);
    return true;
  }
}

async function* byteChunks(stream: Readable): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream) if (chunk instanceof Uint8Array) yield chunk;
}

async function measure(start: () => Promise<Readable>): Promise<number> {
  let size = 0;
  try {
    for await (const chunk of byteChunks(await start())) {
      size += chunk.length;
      if (size > MAX_UNPACKED_BYTES) {
        throw new BitwrightError(
          "data-invalid",
          `it unpacks to more than ${MAX_UNPACKED_BYTES} bytes`,
          "Give it unpacked, or a part of it",
        );
      }
    }
  } catch (error) {
    throw unpackFailure(error);
  }
  return size;
}

function unpackFailure(error: unknown): BitwrightError {
  if (error instanceof BitwrightError) return error;
  if (error instanceof Error && "syscall" in error) return missing(error);
  const detail = error instanceof Error ? error.message : String(error);
  return new BitwrightError("data-invalid", `it cannot be unpacked (${shownName(detail)})`, "Pack the file again");
}

/** A file that cannot be opened, as a user reads it. */
export function missing(error: unknown): BitwrightError {
  const code = errnoOf(error);
  return code === "ENOENT" || code === "ENOTDIR"
    ? new BitwrightError("data-missing", "the file or folder does not exist", "Check the path")
    : new BitwrightError("data-missing", `it cannot be read (${code})`, "Check its permissions");
}
