// SPDX-License-Identifier: Apache-2.0
/**
 * What a place on the network has to offer, before anything of it is opened. May use {@code error} and {@code config}.
 * Values are immutable.
 */
@Export
@Version("1.0.0")
package org.platter.discovery;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
