// SPDX-License-Identifier: Apache-2.0
package org.platter.disk;

/**
 * How large a converted image would be.
 *
 * @param required bytes for the data there is
 * @param fullyAllocated bytes once every block has been written
 */
public record Measure(long required, long fullyAllocated) {}
