// SPDX-License-Identifier: Apache-2.0
package org.platter.container.job;

import java.io.IOException;
import org.platter.container.chain.Chain;
import org.platter.container.image.ChainLayer;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.CheckReport;
import org.platter.format.RepairMode;

/**
 * Looks for faults in an image, and mends them. A check runs inside the disk and lets requests in between its steps.
 * Where somebody wants the gate closed, or the job is paused, it leaves and begins anew afterwards: it must not be what
 * a swap waits for.
 *
 * <p>Why it gives up after some attempts and stays: a disk that is swapped all the time would never be checked. Why a repair
 * runs alone: it changes structures that requests look up without a lock.
 */
final class Checking {
    private static final int ATTEMPTS = 5;

    private final Chain chain;
    private final ChainLayer layer;
    private boolean interrupted;

    Checking(Chain chain, ChainLayer layer) {
        this.chain = chain;
        this.layer = layer;
    }

    CheckReport check(Steps steps) throws IOException {
        for (int attempt = 1; attempt < ATTEMPTS; attempt++) {
            steps.check();
            try {
                return check(steps, true);
            } catch (DiskException e) {
                if (!interrupted) {
                    throw e;
                }
                interrupted = false; // somebody else is first
            }
        }
        return check(steps, false);
    }

    private CheckReport check(Steps steps, boolean givesWay) throws DiskException {
        return chain.reading(inside -> {
            inside.index(layer);
            return layer.check(bytes -> {
                interrupted = givesWay && (chain.gate().closing() || steps.waits());
                if (interrupted) {
                    throw new DiskException(ErrorCode.CANCELLED, "the check begins anew");
                }
                steps.check();
            });
        });
    }

    CheckReport repair(RepairMode mode, Steps steps) throws DiskException {
        return chain.alone(alone -> {
            CheckReport report = layer.repair(mode, bytes -> steps.check());
            layer.flush();
            return report;
        });
    }
}
