// SPDX-License-Identifier: Apache-2.0
package org.platter.container.job;

import java.net.URI;
import java.util.Optional;
import java.util.function.Supplier;
import org.platter.container.chain.Assembly;
import org.platter.container.chain.Chain;
import org.platter.container.chain.ChainLayer;
import org.platter.container.chain.Locations;
import org.platter.container.chain.Relink;
import org.platter.disk.Comparison;
import org.platter.disk.CreateRequest;
import org.platter.disk.Job;
import org.platter.disk.Measure;
import org.platter.disk.OpenFlag;
import org.platter.disk.OpenRequest;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.CheckReport;
import org.platter.format.Geometry;
import org.platter.format.ImageAttributes;
import org.platter.format.RepairMode;

/** Starts the jobs of one chain. */
public final class Operations {
    private final Jobs jobs;
    private final Chain chain;

    /** For one chain. */
    public Operations(Jobs jobs, Chain chain) {
        this.jobs = jobs;
        this.chain = chain;
    }

    /** Merges images. */
    public Job<Void> merge(ChainLayer from, ChainLayer into) {
        return jobs.start("merge of " + from.shown() + " into " + into.shown(), new Merge(chain, from, into)::run);
    }

    /** Copies into a new image of the target. */
    public Job<ChainLayer> copy(ChainLayer layer, Chain target, CreateRequest image, long length) {
        Copy copy = new Copy(jobs, chain, layer, target);
        String name = "convert of " + layer.shown() + " to " + Locations.show(image.location());
        return jobs.start(name, steps -> copy.intoNew(image, length, steps));
    }

    /** Copies into the target's last image. */
    public Job<ChainLayer> copy(ChainLayer layer, Chain target, long length) {
        Copy copy = new Copy(jobs, chain, layer, target);
        return jobs.start("copy of " + layer.shown(), steps -> copy.intoExisting(length, steps));
    }

    /** Moves an image. */
    public Job<Void> move(ChainLayer layer, URI location) {
        return jobs.start(
                "move of " + layer.shown() + " to " + org.platter.container.chain.Locations.show(location), steps -> {
                    steps.total(layer.fileSize());
                    Relink.move(chain, layer, location, steps::advance);
                    return null;
                });
    }

    /** Changes the parent of the last image to what {@code parent} makes. */
    public Job<Void> rebase(Optional<OpenRequest> request, Supplier<Chain> scratch, boolean safe) {
        return jobs.start("rebase", steps -> {
            Chain parent = scratch.get();
            try {
                if (request.isPresent()) {
                    Assembly.openChain(parent, request.get().with(OpenFlag.READ_ONLY));
                }
                return new Rebase(chain, parent).run(safe, steps);
            } finally {
                parent.close();
            }
        });
    }

    /** Gives back unused storage of an image. */
    public Job<Void> compact(ChainLayer layer) {
        return jobs.start("compact of " + layer.shown(), new Compact(chain, layer)::run);
    }

    /** Changes the size of the last image. */
    public Job<Void> resize(long size) {
        if (size <= 0 || size % 512 != 0) {
            throw new IllegalArgumentException("size " + size + " is not a positive multiple of 512");
        }
        return jobs.start("resize to " + size + " bytes", steps -> {
            ChainLayer last = chain.last();
            if (last.readOnly()) {
                throw new DiskException(ErrorCode.READ_ONLY, last.shown() + " is open for reading only");
            }
            steps.total(0);
            steps.commit();
            chain.exclusive(() -> {
                last.flush();
                last.resize(size);
                if (last.info().physical().isPresent()) {
                    last.update(ImageAttributes.NONE.withPhysical(Geometry.physical(size)));
                    last.flush();
                }
                return null;
            });
            return null;
        });
    }

    /** Checks an image. */
    public Job<CheckReport> check(ChainLayer layer) {
        return jobs.start("check of " + layer.shown(), steps -> {
            CheckReport[] report = new CheckReport[1];
            chain.reading(() -> report[0] = layer.check(bytes -> steps.check()));
            return report[0];
        });
    }

    /** Checks and mends an image. */
    public Job<CheckReport> repair(ChainLayer layer) {
        return jobs.start("repair of " + layer.shown(), steps -> {
            if (layer.readOnly()) {
                throw new DiskException(ErrorCode.READ_ONLY, layer.shown() + " is open for reading only");
            }
            return chain.exclusive(() -> {
                CheckReport report = layer.repair(RepairMode.SAFE, bytes -> steps.check());
                layer.flush();
                return report;
            });
        });
    }

    /** Compares with another chain. */
    public Job<Comparison> compare(Chain other) {
        return jobs.start("compare", steps -> new Compare(jobs, chain, other).run(steps));
    }

    /** Measures an image to be. */
    public Job<Measure> measure(CreateRequest target) {
        return jobs.start("measure", steps -> new Measuring(chain.formats(), target).run(chain, steps));
    }
}
