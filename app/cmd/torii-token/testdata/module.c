/*
 * A PKCS#11 library that does what the test wants of it: it hangs, crashes,
 * prints, counts PINs or loses its card, as the macros say that it is compiled
 * with. Its card holds the certificate of certificate.h, with a key that signs
 * rubbish. The token's model is the number of PINs that it heard of.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pkcs11go.h"
#include "certificate.h"

#ifndef TRIES
#define TRIES 3
#endif

enum { slot = 7, certificate_object = 1, key_object = 2 };

static const char pin[] = "24681357";
static int tries = TRIES, logins, logged_in, wrong, gone, swapped;
static int finding[3], found;

static void hang(void)
{
	for (;;)
		pause();
}

static void crash(void)
{
	*(volatile int *) 8 = 1;
}

#ifdef HANG_LOAD
__attribute__((constructor)) static void loaded(void)
{
	hang();
}
#endif

static void blank(unsigned char *field, size_t size, const char *text)
{
	memset(field, ' ', size);
	memcpy(field, text, strlen(text) < size ? strlen(text) : size);
}

static CK_RV initialize(void *args)
{
	(void) args;
#ifdef HANG_OPEN
	hang();
#endif
#ifdef PRINTS
	printf("the PIN of this card is %s\n", pin);
	fflush(stdout);
	fprintf(stderr, "the PIN of this card is %s\n", pin);
#endif
#ifdef NEEDS_READER
	return CKR_DEVICE_ERROR;
#endif
	return CKR_OK;
}

static CK_RV finalize(void *reserved)
{
	(void) reserved;
#ifdef HANG_END
	hang();
#endif
	return CKR_OK;
}

static CK_RV get_info(CK_INFO *info)
{
	memset(info, 0, sizeof *info);
	blank(info->libraryDescription, sizeof info->libraryDescription, "Test module");
	blank(info->manufacturerID, sizeof info->manufacturerID, "\xff\x1b[31mRed");
	return CKR_OK;
}

static CK_RV get_slot_list(CK_BBOOL present, CK_SLOT_ID *list, CK_ULONG *count)
{
	(void) present;
#ifdef CRASH_LIST
	crash();
#endif
#ifdef HANG_LIST
	hang();
#endif
	if (list != NULL && !gone)
		list[0] = slot;
	*count = !gone;
	return CKR_OK;
}

static CK_RV get_token_info(CK_SLOT_ID id, CK_TOKEN_INFO *info)
{
	char model[17];
	if (gone || id != slot)
		return CKR_TOKEN_NOT_PRESENT;
	memset(info, 0, sizeof *info);
	snprintf(model, sizeof model, "%d", logins);
	blank(info->label, sizeof info->label, "Test card");
	blank(info->model, sizeof info->model, model);
	blank(info->serialNumber, sizeof info->serialNumber, swapped ? "4711" : "0815");
	blank(info->manufacturerID, sizeof info->manufacturerID, "Nobody");
	info->flags = CKF_TOKEN_INITIALIZED | CKF_LOGIN_REQUIRED | CKF_USER_PIN_INITIALIZED;
	if (wrong)
		info->flags |= CKF_USER_PIN_COUNT_LOW;
	if (tries == 1)
		info->flags |= CKF_USER_PIN_FINAL_TRY;
	if (tries == 0)
		info->flags |= CKF_USER_PIN_LOCKED;
#ifdef PIN_PAD
	info->flags |= CKF_PROTECTED_AUTHENTICATION_PATH;
#endif
	info->ulMinPinLen = 4;
	info->ulMaxPinLen = 8;
	return CKR_OK;
}

static CK_RV get_mechanism_list(CK_SLOT_ID id, CK_MECHANISM_TYPE *list, CK_ULONG *count)
{
	(void) id;
	if (list != NULL)
		list[0] = CKM_ECDSA;
	*count = 1;
	return CKR_OK;
}

static CK_RV open_session(CK_SLOT_ID id, CK_FLAGS flags, void *application, CK_NOTIFY notify, CK_SESSION_HANDLE *session)
{
	(void) id, (void) flags, (void) application, (void) notify;
	if (gone)
		return CKR_TOKEN_NOT_PRESENT;
	*session = 1;
	return CKR_OK;
}

static CK_RV close_session(CK_SESSION_HANDLE session)
{
	(void) session;
	return CKR_OK;
}

static CK_RV get_session_info(CK_SESSION_HANDLE session, CK_SESSION_INFO *info)
{
	(void) session;
	if (gone)
		return CKR_DEVICE_REMOVED;
	memset(info, 0, sizeof *info);
	info->slotID = slot;
	info->state = logged_in ? CKS_RO_USER_FUNCTIONS : CKS_RO_PUBLIC_SESSION;
	return CKR_OK;
}

static CK_RV login(CK_SESSION_HANDLE session, CK_USER_TYPE user, unsigned char *shown, CK_ULONG size)
{
	(void) session, (void) user;
	logins++;
#ifdef PIN_PAD
	if (shown != NULL || size != 0)
		return CKR_ARGUMENTS_BAD;
	logged_in = 1;
	return CKR_OK;
#endif
	if (tries == 0)
		return CKR_PIN_LOCKED;
	if (size != strlen(pin) || memcmp(shown, pin, size) != 0) {
		tries--;
		wrong = 1;
		return tries == 0 ? CKR_PIN_LOCKED : CKR_PIN_INCORRECT;
	}
	tries = TRIES;
	wrong = 0;
	logged_in = 1;
	return CKR_OK;
}

static CK_RV find_objects_init(CK_SESSION_HANDLE session, CK_ATTRIBUTE *like, CK_ULONG count)
{
	CK_ULONG i;
	(void) session;
	found = 0;
#ifdef SWAPS_CARD
	swapped = 1; /* as soon as the first one was looked at */
#endif
	for (i = 0; i < count; i++)
		if (like[i].type == CKA_CLASS) {
			if (*(CK_OBJECT_CLASS *) like[i].pValue == CKO_CERTIFICATE)
				finding[found++] = certificate_object;
			else if (*(CK_OBJECT_CLASS *) like[i].pValue == CKO_PRIVATE_KEY && logged_in)
				finding[found++] = key_object;
		}
	return CKR_OK;
}

static CK_RV find_objects(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *objects, CK_ULONG most, CK_ULONG *count)
{
	(void) session;
	for (*count = 0; *count < most && found > 0; ++*count)
		objects[*count] = finding[--found];
	return CKR_OK;
}

static CK_RV find_objects_final(CK_SESSION_HANDLE session)
{
	(void) session;
	return CKR_OK;
}

static CK_RV get_attribute_value(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *a, CK_ULONG count)
{
	const void *value = NULL;
	CK_ULONG size = 0;
	(void) session, (void) count;
	if (object == certificate_object && a->type == CKA_VALUE) {
		value = certificate;
		size = sizeof certificate;
	} else if (object == certificate_object && a->type == CKA_LABEL) {
		value = "alice";
		size = 5;
	} else if (a->type == CKA_ID) {
		value = "\x01";
		size = 1;
	} else {
		a->ulValueLen = (CK_ULONG) -1;
		return CKR_ATTRIBUTE_TYPE_INVALID;
	}
	if (a->pValue != NULL)
		memcpy(a->pValue, value, size);
	a->ulValueLen = size;
	return CKR_OK;
}

static CK_RV sign_init(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
	(void) session, (void) mechanism, (void) key;
#ifdef REMOVED_AT_SIGN
	gone = 1;
	return CKR_DEVICE_REMOVED;
#endif
	return CKR_OK;
}

static CK_RV sign(CK_SESSION_HANDLE session, unsigned char *data, CK_ULONG size, unsigned char *signature, CK_ULONG *length)
{
	(void) session, (void) data, (void) size;
#ifdef HANG_SIGN
	hang();
#endif
#ifdef CRASH_SIGN
	crash();
#endif
	if (signature != NULL)
		memset(signature, 0x42, 64);
	*length = 64;
	return CKR_OK;
}

static CK_FUNCTION_LIST functions = {
	.version = {2, 40}, .C_Initialize = initialize, .C_Finalize = finalize, .C_GetInfo = get_info,
	.C_GetSlotList = get_slot_list, .C_GetTokenInfo = get_token_info, .C_GetMechanismList = get_mechanism_list,
	.C_OpenSession = open_session, .C_CloseSession = close_session, .C_GetSessionInfo = get_session_info,
	.C_Login = login, .C_FindObjectsInit = find_objects_init, .C_FindObjects = find_objects,
	.C_FindObjectsFinal = find_objects_final, .C_GetAttributeValue = get_attribute_value,
	.C_SignInit = sign_init, .C_Sign = sign,
};

CK_RV C_GetFunctionList(CK_FUNCTION_LIST **list)
{
	*list = &functions;
	return CKR_OK;
}
