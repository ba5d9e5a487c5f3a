// SPDX-License-Identifier: Apache-2.0
package org.platter.testkit;

import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.opentest4j.TestAbortedException;
import org.platter.format.Capability;
import org.platter.format.FormatBackend;
import org.platter.format.ImageFlag;

/** The contract must be able to fail: every bug of a toy format is found by the test that is there for it. */
class ContractTest {
    private static final int SIZE = 20 * 65536 + 512;

    private static final class BuggyContract extends FormatBackendContract {
        private final ToyBug bug;

        BuggyContract(ToyBug bug) {
            this.bug = bug;
        }

        @Override
        protected FormatBackend backend() {
            return new ToyBackend(Set.of(bug));
        }

        @Override
        protected Set<Capability> promised() {
            return ToyBackend.CAPABILITIES;
        }

        @Override
        protected List<Integer> sizes() {
            return List.of(SIZE);
        }
    }

    @ParameterizedTest
    @EnumSource
    void findsTheBug(ToyBug bug) throws Throwable {
        Executable test = test(bug, new BuggyContract(bug));
        try {
            test.execute();
        } catch (TestAbortedException e) {
            throw new AssertionError("the test that should find it does not run", e);
        } catch (IOException | RuntimeException | Error e) {
            return;
        }
        fail("not found");
    }

    private static Executable test(ToyBug bug, BuggyContract contract) {
        ContractFixture.Case base = new ContractFixture.Case(Set.of(), SIZE);
        ContractFixture.Case diff = new ContractFixture.Case(Set.of(ImageFlag.DIFF), SIZE);
        return switch (bug) {
            case TABLE_BEFORE_DATA, TABLE_NOT_FLUSHED -> () -> contract.flushedDataSurvivesALossOfPower(diff);
            case FORGETS_FAILED_WRITES -> () -> contract.changesSucceedWhenTriedAgainAfterAFailure(diff);
            case REUSES_AT_ONCE -> () -> contract.readsWhatWasWritten(base, 1);
            case RESERVES_TWICE -> () -> contract.blocksReservedTogetherAreShownOneByOne(base);
            case KEEPS_RESERVED -> () -> contract.reservedStorageIsInvisibleAndGivenBackByFlush(base);
            case KEEPS_TAIL -> () -> contract.freeStorageAtTheEndIsCutOff(base);
            case NEVER_REUSES -> () -> contract.freedStorageIsUsedAgain(base);
            case ZERO_IS_FREE -> () -> contract.zeroMarksSurviveAndHideTheParent(diff);
            case WRITES_WHEN_OPENED -> () -> contract.openingAndReadingWritesNothing(base);
            case IGNORES_READ_ONLY -> () -> contract.readOnlyImageRefusesEveryChangeAndWritesNothing(base);
            case BELIEVES_SIZE -> () -> contract.truncatedImagesWorkOrAreRefused(base);
            case GROWS_UNSAFELY -> () -> contract.lossOfPowerWhileGrowingLeavesTheOldOrTheNewSize(base);
            case SHOWS_OLD_TAIL -> () -> contract.growingShowsNoOldBytes(base);
            case CLAIMS_EVERYTHING -> contract::recognisesNothingElse;
            case LOSES_COMMENT -> () -> contract.changedAttributesSurvive(base);
            case BELIEVES_ENTRIES, REPAIRS_NOTHING -> () -> contract.imagesWithFlippedBitsWorkOrAreRefused(base);
            case CLOSES_STORAGE -> () -> contract.newImageReadsAsItsParentOrZeroes(base);
        };
    }
}
