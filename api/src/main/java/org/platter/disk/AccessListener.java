// SPDX-License-Identifier: Apache-2.0
package org.platter.disk;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * Told of every access to a disk, to coordinate it with something else. Each start is followed by exactly one finish of
 * the same kind, also on errors; for asynchronous requests on another thread. Never nested on one thread. Called outside
 * all locks of the platform, so it may block. Source: the seed's VDINTERFACETHREADSYNC.
 */
@ConsumerType
public interface AccessListener {
    /** Somebody is about to read data, attributes or state. */
    void startRead();

    /** That reading has ended. */
    void finishRead();

    /** Somebody is about to change data, attributes or state. */
    void startWrite();

    /** That change has ended. */
    void finishWrite();
}
