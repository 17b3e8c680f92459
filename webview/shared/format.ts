/** Numbers and names as the pages show them: as everything else does. */
export * from "../../src/protocol/format";
