// SPDX-License-Identifier: Apache-2.0
/**
 * Chains of images: opening and linking, reading through, copy-on-write, range locks, and the gate behind which a format
 * is swapped. Pure Java; may use the API. Lock order is stated on {@link org.platter.container.chain.Chain}.
 */
package org.platter.container.chain;
