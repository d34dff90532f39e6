// What a TV is called within the page.

/**
 * The board and the output: `ir-000001/2`.
 * @param {{ hostname: string, port: number | string }} port
 */
export const keyOf = ({ hostname, port }) => `${hostname}/${port}`;
