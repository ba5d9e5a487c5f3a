// SPDX-License-Identifier: Apache-2.0
/**
 * The RAW format: byte n of the disk is byte n of the storage. May use the api bundle, never another backend. Threading
 * is that of {@link org.platter.format.Image}.
 */
package org.platter.backend.raw;
