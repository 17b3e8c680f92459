/** The text of the module with the compiled kernels. @throws Error where their source does not compile */
export function compiledKernels(): Promise<string>;
/** From the repository's root. */
export const KERNEL_MODULE: string;
