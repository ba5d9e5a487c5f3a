// SPDX-License-Identifier: Apache-2.0
/**
 * What users of virtual disks call: a disk is a chain of images, each in any format. Starts at
 * {@link org.platter.disk.DiskManager}, an OSGi service. May use every other API package. All services and disks are
 * safe for use by many threads; all values are immutable.
 */
@Export(substitution = Export.Substitution.NOIMPORT)
@Version("1.0.0")
package org.platter.disk;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
