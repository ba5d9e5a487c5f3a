// SPDX-License-Identifier: Apache-2.0
package org.platter.install;

import org.osgi.annotation.versioning.ConsumerType;

/** A service that is told what the platform starts or installs by itself, on the thread that needed it. */
@ConsumerType
public interface DemandListener {
    /** The format or storage serves from now on; returns at once. */
    void provided(Available what);
}
