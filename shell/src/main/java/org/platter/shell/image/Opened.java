// SPDX-License-Identifier: Apache-2.0
package org.platter.shell.image;

import org.platter.disk.Layer;
import org.platter.disk.VirtualDisk;

/**
 * An image of the command line, open.
 *
 * @param disk the disk whose chain it is in
 * @param layer the image itself
 * @param lasting true if the disk was open before and stays so
 */
public record Opened(VirtualDisk disk, Layer layer, boolean lasting) {}
