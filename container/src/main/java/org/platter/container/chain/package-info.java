// SPDX-License-Identifier: Apache-2.0
/**
 * The images of one disk and who may do what with them: the gate, being inside or alone, claims of jobs, asynchronous
 * requests. May use {@code data}, {@code image} and the API. Lock order is stated on
 * {@link org.platter.container.chain.Chain}.
 */
package org.platter.container.chain;
