// SPDX-License-Identifier: Apache-2.0
package org.platter.container.job;

import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.platter.container.chain.Chain;
import org.platter.container.chain.Claims;
import org.platter.container.format.Locations;
import org.platter.container.image.ChainLayer;
import org.platter.container.job.Jobs.Needed;
import org.platter.container.structure.ChainEditor;
import org.platter.container.structure.Move;
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

/** Starts the jobs of one chain, each with what it claims. */
public final class Operations {
    private final Jobs jobs;
    private final Chain chain;

    /** For one chain. */
    public Operations(Jobs jobs, Chain chain) {
        this.jobs = jobs;
        this.chain = chain;
    }

    private static List<Needed> of(Chain chain, Claims.Needs needs) {
        return List.of(new Needed(chain.claims(), needs));
    }

    private static List<Needed> of(Chain chain, Claims.Needs needs, Chain other, Claims.Needs others) {
        return List.of(new Needed(chain.claims(), needs), new Needed(other.claims(), others));
    }

    /** Merges images. */
    public Job<Void> merge(ChainLayer from, ChainLayer into) {
        return jobs.start(
                "merge of " + from.shown() + " into " + into.shown(),
                of(chain, Needs.merge(from, into)),
                new Merge(chain, from, into)::run);
    }

    /** Copies into a new image of the target. */
    public Job<ChainLayer> copy(ChainLayer layer, Chain target, CreateRequest image, long length, boolean replaces) {
        Copy copy = new Copy(jobs, chain, layer, target);
        String name = "convert of " + layer.shown() + " to " + Locations.show(image.location());
        return jobs.start(
                name,
                of(chain, Needs.reading(layer), target, Needs.creating()),
                steps -> copy.intoNew(image, length, replaces, steps));
    }

    /** Copies into the target's last image. */
    public Job<ChainLayer> copy(ChainLayer layer, Chain target, long length) {
        Copy copy = new Copy(jobs, chain, layer, target);
        return jobs.start(
                "copy of " + layer.shown(),
                of(chain, Needs.reading(layer), target, Needs.copyingInto()),
                steps -> copy.intoExisting(length, steps));
    }

    /** Moves an image. */
    public Job<Void> move(ChainLayer layer, URI location) {
        String name = "move of " + layer.shown() + " to " + Locations.show(location);
        return jobs.start(name, of(chain, Needs.changing(layer)), steps -> {
            steps.total(layer.fileSize());
            Move.of(chain, layer, location).run(steps::advance);
            return null;
        });
    }

    /**
     * Where chains come from that are no disk of a user.
     *
     * @param make gives an empty one that formats are swapped under
     * @param forget takes it back
     */
    public record Scratch(Supplier<Chain> make, Consumer<Chain> forget) {}

    /** Changes the parent of the last image to what {@code scratch} and the request make. */
    public Job<Void> rebase(Optional<OpenRequest> request, Scratch scratch, boolean safe) {
        return jobs.start("rebase", of(chain, Needs.rebase(safe)), steps -> {
            Chain parent = scratch.make().get();
            try {
                if (request.isPresent()) {
                    ChainEditor.openChain(parent, request.get().with(OpenFlag.READ_ONLY));
                }
                return new Rebase(chain, parent).run(safe, steps);
            } finally {
                scratch.forget().accept(parent);
                parent.close();
            }
        });
    }

    /** Gives back unused storage of an image. */
    public Job<Void> compact(ChainLayer layer) {
        return jobs.start(
                "compact of " + layer.shown(), of(chain, Needs.changing(layer)), new Compact(chain, layer)::run);
    }

    /** Changes the size of the last image. */
    public Job<Void> resize(long size) {
        if (size <= 0 || size % 512 != 0) {
            throw new IllegalArgumentException("size " + size + " is not a positive multiple of 512");
        }
        return jobs.start("resize to " + size + " bytes", of(chain, Needs.resizing()), steps -> {
            steps.total(0);
            steps.commit();
            return chain.alone(alone -> resized(writable(chain.last()), size));
        });
    }

    private static ChainLayer writable(ChainLayer layer) throws DiskException {
        if (layer.readOnly()) {
            throw new DiskException(ErrorCode.READ_ONLY, layer.shown() + " is open for reading only");
        }
        return layer;
    }

    private static Void resized(ChainLayer last, long size) throws DiskException {
        last.flush();
        last.resize(size);
        if (last.info().physical().isPresent()) {
            last.update(ImageAttributes.NONE.withPhysical(Geometry.physical(size)));
            last.flush();
        }
        return null;
    }

    /** Checks an image. */
    public Job<CheckReport> check(ChainLayer layer) {
        return jobs.start(
                "check of " + layer.shown(), of(chain, Needs.checking(layer)), new Checking(chain, layer)::check);
    }

    /** Checks and mends an image. */
    public Job<CheckReport> repair(ChainLayer layer, RepairMode mode) {
        return jobs.start("repair of " + layer.shown(), of(chain, Needs.replacing(layer)), steps -> {
            writable(layer);
            return new Checking(chain, layer).repair(mode, steps);
        });
    }

    /** Compares with another chain. */
    public Job<Comparison> compare(Chain other) {
        return jobs.start(
                "compare",
                of(chain, Needs.readingLast(), other, Needs.readingLast()),
                steps -> new Compare(jobs, chain, other).run(steps));
    }

    /** Measures an image to be. */
    public Job<Measure> measure(CreateRequest target) {
        return jobs.start(
                "measure",
                of(chain, Needs.readingLast()),
                steps -> new Measuring(chain.formats(), target).run(chain, steps));
    }
}
