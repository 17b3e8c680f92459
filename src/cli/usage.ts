/** The command line's own words. */
export const USAGE = `Bitwright: ONNX models to integer weights in C

Usage
  bitwright inspect MODEL [--json]
      Show a model's layers and what can be quantized.

  bitwright quantize MODEL --out DIR [options]
      Quantize a model's weights and write C.
      --scheme NAME        symmetric (default)
      --bits N             2 to 16 (default 8)
      --granularity G      channel (default) or tensor
      --clip RULE          max (default)
      --rounding R         half-even (default), half-away or truncate
      --name N             base name of files and identifiers
      --files F            split (default: header and source) or header (one header)
      --order O            ohwi (default) or onnx
      --emit LIST          weights (default), report; separated by commas
      --recipe FILE        start from a recipe file's entry for this model; options win
      --report FILE.json   also write the report there
      --json               print the report

  bitwright compare MODEL [--schemes a:8,b:4:tensor,…] [--report FILE.json] [--json]
      Every candidate scheme for every layer: SQNR and bytes, side by side.
      --choose LIST --recipe FILE
                           layer=candidate pairs become a recipe; * and ? allowed

  bitwright suggest MODEL --budget BYTES | --min-sqnr DB [--schemes LIST] [--json]
      Bits for every layer: the best SQNR for the bytes, or the fewest bytes for the SQNR.
      --recipe FILE        add the suggestion to a recipe file

  bitwright generate [DIR] [--check]
      Run every recipe of DIR/bitwright.json (default: this folder).
      --check              write nothing; exit with 1 if an output is stale

  bitwright --help | --version

Exit codes: 0 done, 1 the work failed or an output is stale, 2 bad usage.
`;
